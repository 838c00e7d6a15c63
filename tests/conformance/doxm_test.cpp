// /oic/sec/doxm over the wire (facts 2.1, 2.2).

#include "support/messages.h"
#include "support/tested_scene.h"

#include <algorithm>
#include <array>

namespace ocfsecd::test::conformance {

namespace {

constexpr std::string_view kDoxmProperties[] = {"oxms",       "oxmsel",       "sct",       "owned",
                                                "deviceuuid", "devowneruuid", "rowneruuid"};

} // namespace

TEST(Conformance, DX_01_get_clear_in_rfotm) {
    Scene scene;
    const auto doxm = scene.tool->get(kDoxm);
    EXPECT_EQ(doxm.code, "2.05");
    EXPECT_EQ(doxm.text("deviceuuid"), scene.device.deviceId().text());
    scene.onboarding.steps("cd");
    EXPECT_EQ(scene.other->get(kDoxm).code, "4.01");
}

TEST(Conformance, DX_02_get_clear_denied_when_owned) {
    for (const auto in : kOwnedStates) {
        Scene scene;
        scene.own(in);
        EXPECT_EQ(scene.other->get(kDoxm).code, "4.01");
        EXPECT_TRUE(scene.other->discover(kGroup4, kDoxm).empty());
    }
}

TEST(Conformance, DX_03_mandatory_properties) {
    Scene scene;
    const auto doxm = scene.tool->get(kDoxm);
    ASSERT_NE(doxm.body.map(), nullptr);
    EXPECT_EQ(doxm.body.map()->size(), std::size(kDoxmProperties));
    ASSERT_NE(doxm["oxms"].array(), nullptr);
    EXPECT_EQ(cbor::diagnostic(doxm["oxms"]), "[0]");
    EXPECT_EQ(doxm["oxmsel"].integer(), 4);
    EXPECT_EQ(doxm["sct"].integer(), 9);
    EXPECT_EQ(doxm["owned"].boolean(), false);
    for (const auto* uuid : {"deviceuuid", "devowneruuid", "rowneruuid"})
        EXPECT_TRUE(Uuid::parse(doxm.text(uuid))) << uuid;
}

TEST(Conformance, DX_04_baseline_adds_rt_if) {
    Scene scene;
    const auto plain = scene.tool->get(kDoxm);
    EXPECT_TRUE(plain["rt"].isNull());
    EXPECT_TRUE(plain["if"].isNull());
    const auto baseline = scene.tool->get(kDoxm, {"if=oic.if.baseline"});
    EXPECT_EQ(cbor::diagnostic(baseline["rt"]), R"(["oic.r.doxm"])");
    EXPECT_EQ(cbor::diagnostic(baseline["if"]), R"(["oic.if.rw", "oic.if.baseline"])");
    EXPECT_EQ(baseline.text("deviceuuid"), plain.text("deviceuuid"));
}

TEST(Conformance, DX_05_owned_query_match) {
    Scene scene;
    for (const auto* query : {"owned=false", "owned=FALSE", "Owned=False"}) {
        EXPECT_EQ(scene.tool->get(kDoxm, {query}).code, "2.05") << query;
        EXPECT_EQ(scene.tool->discover(kGroup4, kDoxm, {query}).size(), 1U) << query;
        EXPECT_EQ(scene.tool->discover(kGroup6, kDoxm, {query}).size(), 1U) << query;
    }
}

TEST(Conformance, DX_06_owned_query_mismatch_unicast) {
    Scene scene;
    EXPECT_EQ(scene.tool->get(kDoxm, {"owned=true"}).code, "4.00");
}

TEST(Conformance, DX_07_owned_query_mismatch_multicast_silent) {
    Scene scene;
    EXPECT_TRUE(scene.tool->discover(kGroup4, kDoxm, {"owned=true"}).empty());
    EXPECT_TRUE(scene.tool->discover(kGroup4, kDoxm, {"owned=tttt"}).empty());
    EXPECT_TRUE(scene.tool.heard.empty()) << "not even an error";
    EXPECT_EQ(scene.tool->discover(kGroup4, kDoxm, {"owned=false"}).size(), 1U);
}

TEST(Conformance, DX_08_owned_query_bad_value) {
    Scene scene;
    EXPECT_EQ(scene.tool->get(kDoxm, {"owned=tttt"}).code, "4.00");
}

TEST(Conformance, DX_09_multicast_jitter) {
    const bool real = TestedDevice::fromOutside();
    const Duration jitter = real ? 100ms : 2000ms;
    const Duration way = real ? 100ms : 0ms; // what an answer may be under way
    ocf::DeviceSettings settings;
    settings.discoveryJitter = jitter;
    Scene scene{{}, settings};
    std::array<unsigned, 4> histogram{};
    unsigned atOnce = 0;
    const int rounds = real ? 60 : 100;
    for (int i = 0; i < rounds; ++i) {
        const auto asked = scene.network.now();
        const auto before = scene.tool.heard.size();
        auto get = message(coap::code::get, kDoxm, {}, static_cast<std::uint16_t>(i));
        get.type = coap::Type::nonConfirmable;
        scene.tool.sendRaw(kGroup4, coap::encode(get), SimPeer::kClearSocket);
        ASSERT_TRUE(scene.network.until([&] { return scene.tool.heard.size() > before; }, 3s));
        const auto after = scene.network.now() - asked;
        ASSERT_LT(after, jitter + way);
        atOnce += after == Duration{0} ? 1 : 0;
        ++histogram.at(std::min<std::size_t>(static_cast<std::size_t>(after / (jitter / 4)), 3));
        scene.network.advance(jitter);
        EXPECT_EQ(scene.tool.heard.size(), before + 1);
    }
    for (const auto quarter : histogram)
        EXPECT_GT(quarter, real ? 3U : 10U);
    EXPECT_LE(atOnce, 1U);
}

TEST(Conformance, DX_10_multicast_duplicate_suppressed) {
    ocf::DeviceSettings settings;
    settings.discoveryJitter = 500ms;
    Scene scene{{}, settings};
    auto get = message(coap::code::get, kDoxm);
    get.type = coap::Type::nonConfirmable;
    for (std::uint16_t id = 1; id <= 3; ++id) {
        get.id = id;
        get.token = {static_cast<std::uint8_t>(id)};
        scene.tool.sendRaw(kGroup4, coap::encode(get), SimPeer::kClearSocket);
    }
    scene.network.advance(800ms);
    EXPECT_EQ(scene.tool.heard.size(), 1U);
    // Another asker has an answer of his own, and the first one has again one later.
    get.id = 9;
    scene.other.sendRaw(kGroup4, coap::encode(get), SimPeer::kClearSocket);
    scene.tool.sendRaw(kGroup4, coap::encode(get), SimPeer::kClearSocket);
    scene.network.advance(800ms);
    EXPECT_EQ(scene.other.heard.size(), 1U);
    EXPECT_EQ(scene.tool.heard.size(), 2U);
}

TEST(Conformance, DX_11_oxmsel_clear_write_ok) {
    Scene scene;
    EXPECT_EQ(scene.tool->post(kDoxm, cbor::Map{{"oxmsel", 0}}).code, "2.04");
    EXPECT_EQ(scene.tool->get(kDoxm)["oxmsel"].integer(), 0);
    // It may be written again until a connection is opened.
    EXPECT_EQ(scene.other->post(kDoxm, cbor::Map{{"oxmsel", 0}}).code, "2.04");
}

TEST(Conformance, DX_12_oxmsel_unsupported_refused) {
    Scene scene;
    for (const int method : {1, 2, 3, 4, 99, -1})
        EXPECT_EQ(scene.tool->post(kDoxm, cbor::Map{{"oxmsel", method}}).code, "4.00") << method;
    EXPECT_EQ(scene.tool->get(kDoxm)["oxmsel"].integer(), 4);
}

TEST(Conformance, DX_13_oxmsel_over_doc_refused) {
    Scene scene;
    scene.onboarding.steps("cd");
    EXPECT_EQ(scene.onboarding.doc()->post(kDoxm, cbor::Map{{"oxmsel", 0}}).code, "4.00");
}

TEST(Conformance, DX_14_other_props_clear_refused) {
    Scene scene;
    const auto before = cbor::diagnostic(scene.tool->get(kDoxm).body);
    const cbor::Map posts[] = {{{"owned", true}},
                               {{"deviceuuid", kNewDeviceId.text()}},
                               {{"devowneruuid", kOwner.text()}},
                               {{"rowneruuid", kOwner.text()}},
                               {{"oxmsel", 0}, {"owned", true}}};
    for (const auto& post : posts) {
        const auto code = scene.tool->post(kDoxm, post).code;
        EXPECT_TRUE(code == "4.00" || code == "4.01") << code;
    }
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm).body), before);
}

TEST(Conformance, DX_15_props_over_doc_ok) {
    Scene scene;
    scene.onboarding.steps("cdefgl");
    const auto doxm = scene.onboarding.doc()->get(kDoxm);
    EXPECT_EQ(doxm["owned"].boolean(), true);
    EXPECT_EQ(doxm.text("deviceuuid"), kNewDeviceId.text());
    EXPECT_EQ(doxm.text("devowneruuid"), kOwner.text());
    EXPECT_EQ(doxm.text("rowneruuid"), kOwner.text());
}

TEST(Conformance, DX_16_readonly_after_rfotm) {
    const cbor::Map posts[] = {{{"owned", false}},
                               {{"deviceuuid", kAms.text()}},
                               {{"devowneruuid", kAms.text()}},
                               {{"rowneruuid", kAms.text()}}};
    for (const auto in : {kRfpro, kRfnop}) {
        Scene scene;
        scene.own(in);
        auto& owner = scene.owner();
        const auto before = scene.device.everything();
        for (const auto& post : posts)
            EXPECT_EQ(owner->post(kDoxm, post).code, "4.00") << cbor::diagnostic(post);
        EXPECT_TRUE(scene.device.everything() == before);
    }
}

TEST(Conformance, DX_17_sct_oxms_readonly) {
    Scene scene;
    scene.onboarding.steps("cd");
    EXPECT_EQ(scene.onboarding.doc()->post(kDoxm, cbor::Map{{"sct", 9}}).code, "4.00");
    EXPECT_EQ(scene.onboarding.doc()->post(kDoxm, cbor::Map{{"oxms", cbor::Array{0, 1}}}).code, "4.00");
}

TEST(Conformance, DX_18_unknown_property_refused) {
    Scene scene;
    scene.onboarding.steps("cd");
    EXPECT_EQ(scene.onboarding.doc()->post(kDoxm, cbor::Map{{"rowneruuid", kOwner.text()}, {"foo", 1}}).code, "4.00");
    EXPECT_EQ(scene.onboarding.doc()->get(kDoxm).text("rowneruuid"), kNil.text());
}

TEST(Conformance, DX_20_deviceuuid_mirrors_di) {
    Scene scene;
    scene.onboarding.steps("cd");
    auto& doc = scene.onboarding.doc();
    EXPECT_NE(doc->get(kDev).text("di"), kNewDeviceId.text());
    scene.onboarding.steps("f");
    EXPECT_EQ(doc->get(kDev).text("di"), kNewDeviceId.text());
    const auto links = doc->get(kRes);
    ASSERT_NE(links.body.array(), nullptr);
    ASSERT_FALSE(links.body.array()->empty());
    for (const auto& link : *links.body.array())
        EXPECT_EQ(link.find("anchor")->text(), "ocf://" + kNewDeviceId.text());
}

TEST(Conformance, DX_21_put_delete_not_allowed) {
    Scene scene;
    EXPECT_EQ(scene.tool->put(kCred, cbor::Map{}).code, "4.01") << "who may not is told so first";
    scene.onboarding.steps("cd");
    EXPECT_EQ(scene.onboarding.doc()->put(kDoxm, cbor::Map{{"owned", true}}).code, "4.05");
    EXPECT_EQ(scene.onboarding.doc()->del(kDoxm).code, "4.05");
}

TEST(Conformance, DX_22_sreset_rowner_change_by_dots) {
    Scene scene{Plan::separateServices()};
    scene.own(kSreset);
    EXPECT_EQ(scene.as(kAms)->post(kDoxm, cbor::Map{{"rowneruuid", kAms.text()}}).code, "4.01");
    auto& owner = scene.owner();
    EXPECT_EQ(owner->post(kDoxm, cbor::Map{{"rowneruuid", kAms.text()}}).code, "2.04");
    EXPECT_EQ(scene.as(kAms)->get(kDoxm).text("rowneruuid"), kAms.text());
    EXPECT_EQ(scene.as(kAms)->get(kCred).code, "2.05") << "now the DOTS";
}

} // namespace ocfsecd::test::conformance
