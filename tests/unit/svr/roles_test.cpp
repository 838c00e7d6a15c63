#include "svr/roles.h"

#include "support/certificates.h"
#include "svr/tables.h"
#include "world.h"

using namespace ocfsecd;
using namespace ocfsecd::svr;
using namespace ocfsecd::test;
using enum OnboardingState;

namespace {

constexpr std::string_view kRolesHref = "/oic/sec/roles";

/// A peer's session by certificate, at a device that trusts its CA.
struct Asserting : World {
    explicit Asserting(OnboardingState in = rfnop) : World{in} {
        Credential anchor;
        anchor.id = CredId{77};
        anchor.type = credtype::asymmetricSigningWithCertificate;
        anchor.usage = credusage::trustca;
        anchor.publicData = PublicData{Encoding::pem, root.pem()};
        state.cred.creds.push_back(std::move(anchor));
        session.key = key.publicKey();
    }
    Reply call(coap::Method method, const cbor::Value* body = nullptr, std::vector<std::string> query = {}) {
        auto caller = as(kStranger);
        caller.roles = rolesOf(session.asserted);
        const auto decision = decide(state, caller, targetOf(kRolesHref), method);
        if (!decision.allowed)
            return refused(decision.failure());
        Call call{method, std::move(query), body, caller, false, {}, wallTime, &session};
        auto reply = handle(state, kRolesHref, call, random, capabilities);
        if (reply.asserted)
            session.asserted = *reply.asserted;
        return reply;
    }
    Reply assertRoles(const std::vector<std::string>& pems) {
        cbor::Array list;
        for (const auto& pem : pems)
            list.emplace_back(
                cbor::Map{{"credid", 1},
                          {"credtype", 8},
                          {"subjectuuid", "*"},
                          {"credusage", credusage::rolecert},
                          {"publicdata", cbor::Map{{"encoding", "oic.sec.encoding.pem"}, {"data", pem}}}});
        const cbor::Value body{cbor::Map{{"roles", std::move(list)}}};
        return call(coap::Method::post, &body);
    }
    Reply assertRole(const Specimen& specimen) { return assertRoles({issue(specimen, &root, key).pem()}); }
    Reply assertRole(const std::string& role) { return assertRole(roleHolder(kStranger, {{role, std::nullopt}})); }
    cbor::Array list() {
        const auto reply = call(coap::Method::get);
        EXPECT_EQ(codeOf(reply), "2.05");
        return *at(reply, "roles").array();
    }
    Reply assertEntry(cbor::Value entry) {
        const cbor::Value body{cbor::Map{{"roles", std::move(entry)}}};
        return call(coap::Method::post, &body);
    }
    /// Refused, and the session holds what it held.
    void expectRefusal(std::string_view code, const Reply& reply, std::size_t held = 0) {
        EXPECT_EQ(codeOf(reply), code);
        EXPECT_TRUE(reply.failure && !reply.failure->what.empty() && !reply.failure->next.empty());
        EXPECT_EQ(session.asserted.size(), held);
    }

    TestKey key;
    Issued root = issue(authority("CN=Role authority"));
    CertificateSession session;
};

} // namespace

TEST(Conformance, CE_18_role_cert_key_binding) {
    Asserting world;
    world.expectRefusal(
        "4.00", world.assertRoles({issue(roleHolder(kStranger, {{"admin", std::nullopt}}), &world.root).pem()}));
    EXPECT_EQ(codeOf(world.assertRole("admin")), "2.04");
}

TEST(Roles, AreCertificatesAndNothingElse) {
    Asserting world;
    const auto pem = issue(roleHolder(kStranger, {{"admin", std::nullopt}}), &world.root, world.key).pem();
    for (const int type : {1, 64}) {
        cbor::Map entry{{"credtype", type},
                        {"subjectuuid", "*"},
                        {"credusage", credusage::rolecert},
                        {"publicdata", cbor::Map{{"encoding", "oic.sec.encoding.pem"}, {"data", pem}}},
                        {"privatedata", cbor::Map{{"encoding", "oic.sec.encoding.raw"}, {"data", Bytes(16, 7)}}}};
        if (type == 64)
            entry.emplace_back("oscore", cbor::Map{{"senderid", "01"}, {"recipientid", "02"}});
        world.expectRefusal("4.00", world.assertEntry(cbor::Array{std::move(entry)}));
    }
    EXPECT_EQ(codeOf(world.assertEntry(cbor::Value{})), "2.04") << "null for an array (facts 7.6)";
    EXPECT_TRUE(world.session.asserted.empty());
}

TEST(Roles, EndWithTheFirstCertificateOfTheirChainThatExpires) {
    Asserting world;
    auto brief = authority("CN=Sub", 1);
    brief.notAfter = world.wallTime + std::chrono::hours{1};
    const auto sub = issue(brief, &world.root);
    const auto role = issue(roleHolder(kStranger, {{"admin", std::nullopt}}), &sub, world.key);
    const auto reply = world.assertRoles({role.pem()});
    ASSERT_EQ(codeOf(reply), "2.04") << reply.failure.value_or(Failure{}).what;
    dropExpired(world.session.asserted, brief.notAfter);
    EXPECT_EQ(world.session.asserted.size(), 1U);
    dropExpired(world.session.asserted, brief.notAfter + std::chrono::seconds{1});
    EXPECT_TRUE(world.session.asserted.empty());
}

TEST(Conformance, CE_19_role_cert_uuid_binding) {
    Asserting world;
    world.expectRefusal("4.00", world.assertRole(roleHolder(kOwner, {{"admin", std::nullopt}})));
}

TEST(Conformance, CE_20_role_reserved_names) {
    Asserting world;
    for (const auto* reserved : {"oic.role.x", "oic.role.", "oic.role.owner2", "oic.role.Owner"})
        world.expectRefusal("4.00", world.assertRole(reserved));
    EXPECT_EQ(codeOf(world.assertRole("oic.role.owner")), "2.04");
    EXPECT_EQ(codeOf(world.assertRole("oic.rolex")), "2.04");
}

TEST(Conformance, CE_21_role_authority_default) {
    Asserting world;
    ASSERT_EQ(codeOf(world.assertRole("admin")), "2.04");
    ASSERT_EQ(codeOf(world.assertRole(roleHolder(kStranger, {{"guest", "somebody"}}))), "2.04");
    EXPECT_EQ(rolesOf(world.session.asserted), (RoleIds{{"admin", "Role authority"}, {"guest", "somebody"}}));
}

TEST(Conformance, CE_23_roles_duplicate) {
    Asserting world;
    const auto pem = issue(roleHolder(kStranger, {{"admin", std::nullopt}}), &world.root, world.key).pem();
    EXPECT_EQ(codeOf(world.assertRoles({pem})), "2.04");
    const auto first = world.list();
    EXPECT_EQ(codeOf(world.assertRoles({pem, pem})), "2.04");
    EXPECT_EQ(world.list(), first);
    EXPECT_EQ(first.size(), 1U);
}

TEST(Conformance, CE_24_roles_delete) {
    Asserting world;
    for (const auto* role : {"one", "two", "three"})
        ASSERT_EQ(codeOf(world.assertRole(role)), "2.04");
    const auto id = world.list()[1].find("credid")->integer().value();
    for (const std::string query : {"credid=0", "credid=-1", "credid=x", "credid="})
        world.expectRefusal("4.04", world.call(coap::Method::del, nullptr, {query}), 3);
    world.expectRefusal("4.00", world.call(coap::Method::del, nullptr, {"subjectuuid=*"}), 3);
    EXPECT_EQ(codeOf(world.call(coap::Method::del, nullptr, {"credid=" + std::to_string(id)})), "2.02");
    EXPECT_EQ(world.list().size(), 2U);
    world.expectRefusal("4.04", world.call(coap::Method::del, nullptr, {"credid=" + std::to_string(id)}), 2);
    EXPECT_EQ(codeOf(world.call(coap::Method::del)), "2.02");
    EXPECT_TRUE(world.list().empty());
}

TEST(Conformance, AX_20_role_ace_authority_optional) {
    Asserting world;
    ASSERT_EQ(codeOf(world.assertRole("admin")), "2.04");
    auto caller = as(kStranger);
    caller.roles = rolesOf(world.session.asserted);
    const auto opens = [&](std::optional<std::string> authority) {
        world.state.acl2.aclist2 = {{AceId{1},
                                     RoleId{"admin", std::move(authority)},
                                     {{"/oic/sec/cred", std::nullopt}},
                                     permission::retrieve,
                                     "",
                                     {}}};
        return decide(world.state, caller, targetOf(kCredHref), coap::Method::get).allowed;
    };
    EXPECT_TRUE(opens(std::nullopt));
    EXPECT_TRUE(opens("Role authority"));
    EXPECT_FALSE(opens("Another authority"));
}

TEST(Roles, NoRoleHasImplicitRights) {
    Asserting world;
    ASSERT_EQ(codeOf(world.assertRole("oic.role.owner")), "2.04");
    auto caller = as(kStranger);
    caller.roles = rolesOf(world.session.asserted);
    for (const auto& row : kResources)
        EXPECT_EQ(decide(world.state, caller, targetOf(row.href), coap::Method::get).allowed, row.href == kRolesHref)
            << row.href;
}

TEST(Roles, APostIsAllOrNothingAndBounded) {
    Asserting world;
    const auto pemOfRole = [&](const std::string& role) {
        return issue(roleHolder(kStranger, {{role, std::nullopt}}), &world.root, world.key).pem();
    };
    world.expectRefusal("4.00", world.assertRoles({pemOfRole("good"), pemOfRole("oic.role.bad")}));
    for (std::size_t i = 0; i < kMaxRolesPerSession; ++i)
        EXPECT_EQ(codeOf(world.assertRole("role " + std::to_string(i))), "2.04");
    world.expectRefusal("4.13", world.assertRole("one more"), kMaxRolesPerSession);
    EXPECT_GE(kMaxRolesPerSession, 4U) << "facts 2.8";
    for (const auto& body : {cbor::Value{cbor::Map{}}, cbor::Value{cbor::Map{{"roles", 1}}}, cbor::Value{1},
                             cbor::Value{cbor::Map{{"roles", cbor::Array{1}}}},
                             cbor::Value{cbor::Map{{"roles", cbor::Array{cbor::Map{}}}}}})
        world.expectRefusal("4.00", world.call(coap::Method::post, &body), kMaxRolesPerSession);
}

TEST(Roles, OnlyRoleCertificatesAreRoles) {
    Asserting world;
    const auto assertAs = [&](std::string_view usage, const std::string& pem) {
        const cbor::Value body{cbor::Map{
            {"roles",
             cbor::Array{cbor::Map{{"credtype", 8},
                                   {"subjectuuid", "*"},
                                   {"credusage", usage},
                                   {"publicdata", cbor::Map{{"encoding", "oic.sec.encoding.pem"}, {"data", pem}}}}}}}};
        return world.call(coap::Method::post, &body);
    };
    const auto pem = issue(roleHolder(kStranger, {{"admin", std::nullopt}}), &world.root, world.key).pem();
    world.expectRefusal("4.00", assertAs(credusage::cert, pem));
    world.expectRefusal("4.00", assertAs(credusage::trustca, world.root.pem()));
    world.expectRefusal("4.00",
                        assertAs(credusage::rolecert, issue(endEntity(kStranger), &world.root, world.key).pem()));
    world.expectRefusal("4.00", assertAs(credusage::rolecert, "garbage"));
    const auto twin = issue(authority("CN=Role authority"));
    world.expectRefusal(
        "4.00",
        assertAs(credusage::rolecert, issue(roleHolder(kStranger, {{"admin", std::nullopt}}), &twin, world.key).pem()));
    EXPECT_EQ(codeOf(assertAs(credusage::rolecert, pem)), "2.04");
}

TEST(Roles, AnchorsForOthersAndMakersVouchForNobody) {
    Asserting world;
    world.state.cred.creds.back().subject = kOwner;
    world.expectRefusal("4.00", world.assertRole("admin"));
    world.state.cred.creds.back().subject = kStranger;
    EXPECT_EQ(codeOf(world.assertRole("admin")), "2.04");
    world.session.asserted.clear();
    world.state.cred.creds.back().usage = credusage::mfgtrustca;
    world.expectRefusal("4.00", world.assertRole("admin"));
}

TEST(Roles, ASessionWithAKeyHasNoList) {
    Asserting world;
    const auto pem = issue(roleHolder(kStranger, {{"admin", std::nullopt}}), &world.root, world.key).pem();
    const cbor::Value body{cbor::Map{{"roles", cbor::Array{}}}};
    const Caller psk = as(kStranger);
    EXPECT_EQ(codeOf(world.request(psk, coap::Method::get, kRolesHref)), "2.05");
    EXPECT_REFUSED(world, "4.00", world.request(psk, coap::Method::post, kRolesHref, &body));
    EXPECT_REFUSED(world, "4.04", world.request(psk, coap::Method::del, kRolesHref));
}

TEST(Roles, WhatExpiresOrIsNoLongerTrustedGoes) {
    Asserting world;
    auto shortLived = roleHolder(kStranger, {{"guest", std::nullopt}});
    shortLived.notAfter = world.wallTime + std::chrono::seconds{10};
    shortLived.serial = {0x44};
    ASSERT_EQ(codeOf(world.assertRole(shortLived)), "2.04");
    ASSERT_EQ(codeOf(world.assertRole("admin")), "2.04");
    auto& asserted = world.session.asserted;
    dropExpired(asserted, world.wallTime + std::chrono::seconds{10});
    EXPECT_EQ(asserted.size(), 2U);
    dropUntrusted(asserted, Trust{world.state}, world.wallTime);
    EXPECT_EQ(asserted.size(), 2U);
    auto revoking = world.state;
    revoking.crl = Crl{1, "2027-01-01T00:00:00Z", toBase64(revocationList(world.root, {Bytes{0x44}}))};
    auto afterRevocation = asserted;
    dropUntrusted(afterRevocation, Trust{revoking}, world.wallTime);
    EXPECT_EQ(rolesOf(afterRevocation), (RoleIds{{"admin", "Role authority"}}));
    dropExpired(asserted, world.wallTime + std::chrono::seconds{11});
    EXPECT_EQ(rolesOf(asserted), (RoleIds{{"admin", "Role authority"}}));
    world.state.cred.creds.clear(); // the anchor is deleted while a role hangs on it
    dropUntrusted(asserted, Trust{world.state}, world.wallTime);
    EXPECT_TRUE(asserted.empty());
}
