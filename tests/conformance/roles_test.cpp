// Roles over the wire: asserted per session, or carried by a key (facts 2.8, 3.2).

#include "support/messages.h"
#include "support/tested_scene.h"

namespace ocfsecd::test::conformance {

namespace {

const cbor::Array kOpensConTo(std::string_view role) {
    return {ace({{"role", role}}, {href(kCon)}, 6)};
}

} // namespace

TEST(Conformance, AX_19_role_ace_by_asserted_role) {
    CertifiedScene scene;
    scene.onboarding.plan().aces = kOpensConTo("gardener");
    scene.ownCertified();
    auto& session = scene.certified(kPairwise);
    EXPECT_EQ(session->get(kCon).code, "4.01");
    EXPECT_EQ(scene.assertRole(session, kPairwise, "cook").code, "2.04");
    EXPECT_EQ(session->get(kCon).code, "4.01");
    EXPECT_EQ(scene.assertRole(session, kPairwise, "gardener").code, "2.04");
    EXPECT_EQ(session->get(kCon).code, "2.05");
    EXPECT_EQ(session->del(kRoles).code, "2.02");
    EXPECT_EQ(session->get(kCon).code, "4.01");
}

TEST(Conformance, AX_22_role_lost_with_session) {
    CertifiedScene scene;
    scene.onboarding.plan().aces = kOpensConTo("gardener");
    scene.ownCertified();
    auto& first = scene.certified(kPairwise);
    EXPECT_EQ(scene.assertRole(first, kPairwise, "gardener").code, "2.04");
    first.close();
    auto& second = scene.certified(kPairwise);
    EXPECT_EQ(second->get(kCon).code, "4.01");
    EXPECT_EQ(second->get(kRoles)["roles"], cbor::Value{cbor::Array{}});
}

TEST(Conformance, CE_22_roles_per_session) {
    CertifiedScene scene;
    scene.ownCertified();
    auto& one = scene.certified(kPairwise);
    auto& two = scene.certified(kPairwise);
    EXPECT_EQ(scene.assertRole(one, kPairwise, "gardener").code, "2.04");
    const auto own = one->get(kRoles);
    ASSERT_EQ(own["roles"].array()->size(), 1U);
    const auto& entry = own["roles"].array()->front();
    EXPECT_EQ(entry.find("credusage")->text(), "oic.sec.cred.rolecert");
    EXPECT_EQ(entry.find("privatedata"), nullptr);
    EXPECT_EQ(two->get(kRoles)["roles"], cbor::Value{cbor::Array{}});
    const auto id = entry.find("credid")->integer().value();
    EXPECT_EQ(two->del(kRoles, {"credid=" + std::to_string(id)}).code, "4.04");
    EXPECT_EQ(one->del(kRoles, {"credid=" + std::to_string(id)}).code, "2.02");
}

TEST(Conformance, AX_21_role_ace_by_psk_roleid) {
    CertifiedScene scene;
    scene.onboarding.plan().aces = kOpensConTo("gardener");
    scene.onboarding.steps("cdefghijlm");
    auto without = psk(kPairwise, keyOf(kPairwise));
    without.emplace_back("credid", 77);
    auto carries = without;
    carries.emplace_back("roleid", cbor::Map{{"role", "gardener"}});
    const cbor::Array creds{carries, psk(kAms, keyOf(kAms))};
    ASSERT_EQ(scene.onboarding.doc()->post(kCred, cbor::Map{{"creds", creds}}).code, "2.04");
    scene.onboarding.steps("no");
    auto& session = scene.as(kPairwise);
    EXPECT_EQ(session->get(kCon).code, "2.05");
    EXPECT_EQ(scene.as(kAms)->get(kCon).code, "4.01");
    // The role is the credential's, not the session's: who loses it there has it no more.
    EXPECT_EQ(scene.owner()->setState(2).code, "2.04");
    ASSERT_EQ(scene.owner()->post(kCred, cbor::Map{{"creds", cbor::Array{without}}}).code, "2.04");
    EXPECT_EQ(scene.owner()->setState(3).code, "2.04");
    EXPECT_EQ(session->get(kCon).code, "4.01");
}

TEST(Conformance, AX_25_roles_implicit_access) {
    CertifiedScene scene;
    scene.ownCertified();
    for (const int state : {3, 2, 4}) {
        if (state != 3) {
            EXPECT_EQ(scene.owner()->setState(state).code, "2.04");
        }
        EXPECT_EQ(scene.assertRole(scene.certified(kPairwise), kPairwise, "gardener").code, "2.04") << state;
    }
    EXPECT_EQ(scene.tool->get(kRoles).code, "4.01") << "in clear";
}

TEST(Conformance, AX_10_uuid_ace_opens_svr) {
    CertifiedScene scene;
    scene.onboarding.plan().aces = {ace(toUuid(kPairwise), {href("/oic/sec/sp")}, 2)};
    scene.ownCertified();
    auto& session = scene.certified(kPairwise);
    EXPECT_EQ(session->get("/oic/sec/sp").code, "2.05");
    EXPECT_EQ(session->post("/oic/sec/sp", cbor::Map{}).code, "4.01") << "by its mask";
    EXPECT_EQ(session->get("/oic/sec/sdi").code, "4.01");
    EXPECT_EQ(scene.certified(kAms)->get("/oic/sec/sp").code, "4.01");
}

TEST(Conformance, SM_38_reset_drops_roles) {
    CertifiedScene scene;
    scene.ownCertified();
    auto& before = scene.certified(kOwner);
    EXPECT_EQ(scene.assertRole(before, kOwner, "gardener").code, "2.04");
    EXPECT_EQ(before->setState(0).code, "2.04");
    scene.waitForRfotm();
    EXPECT_TRUE(before.closed());
    EXPECT_FALSE(scene.tool.connectCertified(&scene.peer(kOwner)).established());
    scene.onboarding.forget();
    scene.onboarding.plan().aces.pop_back();
    scene.ownCertified();
    EXPECT_EQ(scene.certified(kOwner)->get(kRoles)["roles"], cbor::Value{cbor::Array{}});
}

TEST(Roles, ThatHangOnADeletedAnchorAreGone) {
    CertifiedScene scene;
    scene.onboarding.plan().aces = kOpensConTo("gardener");
    scene.ownCertified();
    auto& session = scene.certified(kPairwise);
    EXPECT_EQ(scene.assertRole(session, kPairwise, "gardener").code, "2.04");
    auto& owner = scene.owner();
    EXPECT_EQ(owner->setState(2).code, "2.04");
    const auto another = issue(authority("CN=Another root")); // vouches for nobody here
    const cbor::Value entry{
        cbor::Map{{"creds", cbor::Array{certificateEntry(svr::credusage::trustca, another.pem())}}}};
    EXPECT_EQ(owner->post(kCred, entry).code, "2.04");
    EXPECT_EQ(owner->setState(3).code, "2.04");
    EXPECT_EQ(session->get(kCon).code, "2.05");
    EXPECT_EQ(owner->setState(2).code, "2.04");
    EXPECT_EQ(owner->del(kCred, {"credid=" + std::to_string(scene.credidOf(owner, scene.root))}).code, "2.02");
    EXPECT_EQ(session->get(kCon).code, "-") << "and so is the session";
    EXPECT_TRUE(session.closed());
}

TEST(Roles, OfAnotherAuthorityGoWithItAndTheSessionStays) {
    CertifiedScene scene;
    scene.onboarding.plan().aces = kOpensConTo("gardener");
    scene.ownCertified();
    auto& owner = scene.owner();
    EXPECT_EQ(owner->setState(2).code, "2.04");
    const auto guild = issue(authority("CN=Guild root"));
    const cbor::Value entry{cbor::Map{{"creds", cbor::Array{certificateEntry(svr::credusage::trustca, guild.pem())}}}};
    EXPECT_EQ(owner->post(kCred, entry).code, "2.04");
    EXPECT_EQ(owner->setState(3).code, "2.04");
    auto& session = scene.certified(kPairwise);
    const auto roleBy = [&](const Issued& issuer, std::string role) {
        return issue(roleHolder(kPairwise, {{std::move(role), std::nullopt}}), &issuer, scene.peer(kPairwise).key)
            .pem();
    };
    EXPECT_EQ(scene.assertPem(session, roleBy(guild, "gardener")).code, "2.04");
    EXPECT_EQ(scene.assertPem(session, roleBy(scene.root, "cook")).code, "2.04");
    EXPECT_EQ(session->get(kCon).code, "2.05");
    EXPECT_EQ(owner->setState(2).code, "2.04");
    EXPECT_EQ(owner->del(kCred, {"credid=" + std::to_string(scene.credidOf(owner, guild))}).code, "2.02");
    EXPECT_EQ(owner->setState(3).code, "2.04");
    EXPECT_EQ(session->get(kCon).code, "4.01");
    EXPECT_EQ(session->get(kRoles)["roles"].array()->size(), 1U);
}

TEST(Roles, ExpireInTheMiddleOfASession) {
    CertifiedScene scene;
    scene.onboarding.plan().aces = kOpensConTo("gardener");
    scene.ownCertified();
    auto& session = scene.certified(kPairwise);
    auto brief = roleHolder(kPairwise, {{"gardener", std::nullopt}});
    brief.notAfter = scene.device.wallTime() + std::chrono::seconds{2};
    EXPECT_EQ(scene.assertPem(session, issue(brief, &scene.root, scene.peer(kPairwise).key).pem()).code, "2.04");
    EXPECT_EQ(session->get(kCon).code, "2.05");
    scene.network.advance(2s);
    scene.network.advance(2s);
    ASSERT_GT(scene.device.wallTime(), brief.notAfter);
    EXPECT_EQ(session->get(kCon).code, "4.01");
}

TEST(Roles, ThatHaveExpiredTellAnObserverNothing) {
    CertifiedScene scene;
    scene.onboarding.plan().aces = {ace({{"role", "gardener"}}, {href(kPstat)}, 2)};
    scene.ownCertified();
    auto& session = scene.certified(kPairwise);
    auto brief = roleHolder(kPairwise, {{"gardener", std::nullopt}});
    brief.notAfter = scene.device.wallTime() + std::chrono::seconds{4};
    EXPECT_EQ(scene.assertPem(session, issue(brief, &scene.root, scene.peer(kPairwise).key).pem()).code, "2.04");
    auto watch = message(coap::code::get, kPstat, {}, 0x4001);
    watch.addNumber(coap::option::observe, 0);
    session.sendRaw(coap::encode(watch));
    const auto told = [&] {
        scene.network.settle();
        std::string codes;
        for (const auto& octets : session.messages)
            if (auto one = coap::decode(octets); one && one->token == watch.token)
                codes += coap::codeText(one->code) + " ";
        return codes;
    };
    scene.network.until([&] { return !told().empty(); }, 3s);
    EXPECT_EQ(told(), "2.05 ");
    scene.network.advance(5s);
    ASSERT_GT(scene.device.wallTime(), brief.notAfter);
    EXPECT_EQ(scene.owner()->setState(2).code, "2.04");
    scene.network.until([&] { return told() != "2.05 "; }, 5s);
    EXPECT_EQ(told(), "2.05 5.03 ");
}

} // namespace ocfsecd::test::conformance
