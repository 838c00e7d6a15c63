// /oic/sec/sdi over the wire, and what /oic/res shows of it (facts 2.9, 7.4).

#include "support/tested_scene.h"

namespace ocfsecd::test::conformance {

namespace {

constexpr std::string_view kSdi = "/oic/sec/sdi";
const Uuid kDomain = uuidOf("05da9192-e085-45bd-6a1b-f1df980ad9ed");

Plan planWithSdi() {
    Plan plan;
    plan.aces.emplace_back(ace(toUuid(kOwner), {href(kSdi)}, 14));
    return plan;
}

/// Owned, in `in`, with a domain that was set over the onboarding connection.
struct DomainScene : Scene {
    explicit DomainScene(svr::OnboardingState in, bool priv = false) : Scene{planWithSdi()} {
        onboarding.steps("cdefghij");
        EXPECT_EQ(
            onboarding.doc()->post(kSdi, cbor::Map{{"uuid", kDomain.text()}, {"name", "home"}, {"priv", priv}}).code,
            "2.04");
        if (in == kRfotm)
            return;
        onboarding.steps("lmn");
        if (in == kRfnop)
            onboarding.steps("o");
        if (in == kSreset) {
            EXPECT_EQ(onboarding.doc()->setState(4).code, "2.04");
        }
        onboarding.doc().close();
        EXPECT_EQ(device.dos(), in);
    }
    SimSession& writer() { return device.dos() == kRfotm ? onboarding.doc() : owner(); }
};

const cbor::Value* baselineObject(const Reply& reply) {
    const auto* array = reply.body.array();
    return array != nullptr && array->size() == 1 ? &array->front() : nullptr;
}

std::string query(const Uuid& domain) {
    return "sduuid=" + domain.text();
}

} // namespace

TEST(Conformance, SD_01_uuid_only_rfotm) {
    for (const auto in : {kRfotm, kRfpro, kRfnop, kSreset}) {
        DomainScene scene{in};
        EXPECT_EQ(scene.writer()->post(kSdi, cbor::Map{{"uuid", kOwner.text()}}).code, in == kRfotm ? "2.04" : "4.00");
        EXPECT_EQ(scene.writer()->get(kSdi).text("uuid"), (in == kRfotm ? kOwner : kDomain).text());
    }
}

TEST(Conformance, SD_02_name_priv_states) {
    for (const auto in : {kRfotm, kRfpro, kRfnop, kSreset}) {
        DomainScene scene{in};
        const auto expected = in == kRfnop ? "4.00" : "2.04";
        auto& writer = scene.writer();
        EXPECT_EQ(writer->post(kSdi, cbor::Map{{"name", "garden"}}).code, expected);
        EXPECT_EQ(writer->post(kSdi, cbor::Map{{"priv", true}}).code, expected);
        const auto read = writer->get(kSdi);
        EXPECT_EQ(read.text("name"), in == kRfnop ? "home" : "garden");
        EXPECT_EQ(read["priv"].boolean(), in != kRfnop);
    }
}

TEST(Conformance, SD_03_res_shows_sd_when_public) {
    DomainScene scene{kRfnop};
    const auto reply = scene.other->get(kRes, {"if=oic.if.baseline"});
    const auto* object = baselineObject(reply);
    ASSERT_NE(object, nullptr);
    ASSERT_NE(object->find("sduuid"), nullptr);
    EXPECT_EQ(object->find("sduuid")->text(), kDomain.text());
    EXPECT_EQ(object->find("sdname")->text(), "home");
    EXPECT_NE(object->find("links"), nullptr);
}

TEST(Conformance, SD_04_res_hides_sd_when_private) {
    DomainScene scene{kRfnop, true};
    const auto reply = scene.other->get(kRes, {"if=oic.if.baseline"});
    const auto* object = baselineObject(reply);
    ASSERT_NE(object, nullptr);
    EXPECT_EQ(object->find("sduuid"), nullptr);
    EXPECT_EQ(object->find("sdname"), nullptr);
    scene.other.heard.clear();
    EXPECT_EQ(scene.other->get(kRes, {query(kDomain)}).code, "-");
    EXPECT_TRUE(scene.other->discover(kGroup4, kRes, {query(kDomain)}).empty());
    EXPECT_TRUE(scene.other.heard.empty()) << "not even an acknowledgement";
}

TEST(Conformance, SD_05_sduuid_filter) {
    DomainScene scene{kRfnop};
    EXPECT_EQ(scene.other->get(kRes, {query(kDomain)}).code, "2.05");
    EXPECT_EQ(scene.other->get(kRes, {"SDUUID=05DA9192-E085-45BD-6A1B-F1DF980AD9ED"}).code, "2.05");
    EXPECT_EQ(scene.other->discover(kGroup4, kRes, {query(kDomain), "rt=oic.r.doxm"}).size(), 1U);
    scene.other.heard.clear();
    EXPECT_EQ(scene.other->get(kRes, {query(kOwner)}).code, "-");
    EXPECT_TRUE(scene.other->discover(kGroup4, kRes, {query(kOwner)}).empty());
    EXPECT_TRUE(scene.other.heard.empty());
}

TEST(Conformance, SD_06_empty_post_refused) {
    DomainScene scene{kRfotm};
    EXPECT_EQ(scene.writer()->post(kSdi, cbor::Map{}).code, "4.00");
    EXPECT_EQ(scene.writer()->post(kSdi, cbor::Map{{"rt", cbor::Array{"oic.r.sdi"}}}).code, "4.00");
}

TEST(Conformance, SM_34_reset_sdi_default) {
    DomainScene scene{kRfnop, true};
    scene.device.restart();
    EXPECT_EQ(scene.owner()->get(kSdi).text("name"), "home") << "it survives a restart";
    EXPECT_EQ(scene.owner()->setState(0).code, "2.04");
    scene.waitForRfotm();
    scene.onboarding.forget();
    scene.onboarding.steps("cd");
    EXPECT_EQ(cbor::diagnostic(scene.onboarding.doc()->get(kSdi).body),
              R"({"uuid": "00000000-0000-0000-0000-000000000000", "name": "", "priv": false})");
}

} // namespace ocfsecd::test::conformance
