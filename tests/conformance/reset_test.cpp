// RESET over the wire: what is answered, what is durable when, what is left (facts 1.5, 1.6; design section 4).

#include "support/tested_scene.h"

namespace ocfsecd::test::conformance {

namespace {

Scene& ownedAndReset(Scene& scene) {
    scene.own(kRfnop);
    EXPECT_EQ(scene.owner()->setState(0).code, "2.04");
    scene.waitForRfotm();
    return scene;
}

/// Is it a protected alert record (RFC 6347 4.1: content type 21)?
bool isAlert(const Bytes& datagram) {
    return !datagram.empty() && datagram.front() == 21;
}

} // namespace

TEST(Conformance, SM_27_pending_flag_during_reset) {
    ocf::DeviceSettings settings;
    settings.resetDelay = 1500ms;
    Scene scene{{}, settings};
    scene.own(kRfnop);
    auto& owner = scene.owner();
    auto& second = scene.owner();
    EXPECT_EQ(owner->setState(0).code, "2.04");
    EXPECT_EQ(scene.device.dos(), kReset);
    if (const auto* inside = scene.device.insideIfThere()) {
        EXPECT_TRUE(inside->state().pstat.pending);
        EXPECT_FALSE(inside->state().pstat.isop);
    }
    EXPECT_TRUE(scene.device.pending());
    const auto again = second->setState(0);
    EXPECT_FALSE(again.code.starts_with("2.")) << again.code;
    scene.waitForRfotm();
    if (auto* inside = scene.device.insideIfThere()) {
        EXPECT_EQ(inside->vault().counts().finishes, 1U);
    }
}

TEST(Conformance, SM_28_reset_answer_before_close) {
    Scene scene;
    scene.own(kRfnop);
    auto& owner = scene.owner();
    owner.datagrams.clear();
    owner.messages.clear();
    EXPECT_EQ(owner->setState(0).code, "2.04");
    const auto answered = owner.datagrams.size();
    for (const auto& datagram : owner.datagrams)
        EXPECT_FALSE(isAlert(datagram));
    scene.waitForRfotm();
    scene.network.settle();
    ASSERT_GT(owner.datagrams.size(), answered);
    EXPECT_TRUE(isAlert(owner.datagrams.back()));
    EXPECT_EQ(owner.dtls().closeReason().cause, dtls::Close::Cause::peerCloseNotify);
}

TEST(Conformance, SM_29_reset_values_doxm) {
    Scene scene;
    const auto doxm = ownedAndReset(scene).other->get(kDoxm);
    EXPECT_EQ(doxm.code, "2.05");
    EXPECT_EQ(doxm["owned"].boolean(), false);
    EXPECT_EQ(doxm.text("devowneruuid"), kNil.text());
    EXPECT_EQ(doxm.text("rowneruuid"), kNil.text());
    EXPECT_EQ(doxm["oxmsel"].integer(), 4);
}

TEST(Conformance, SM_30_reset_new_deviceuuid) {
    Scene scene;
    const auto first = scene.tool->get(kDoxm).text("deviceuuid");
    const auto second = ownedAndReset(scene).other->get(kDoxm).text("deviceuuid");
    EXPECT_NE(second, kNewDeviceId.text());
    EXPECT_NE(second, first);
    ASSERT_EQ(second.size(), 36U);
    EXPECT_EQ(second[14], '4');
    EXPECT_NE(std::string_view{"89ab"}.find(second[19]), std::string_view::npos);
}

TEST(Conformance, SM_31_reset_values_pstat) {
    Scene scene;
    const auto pstat = ownedAndReset(scene).other->get(kPstat);
    EXPECT_EQ(pstat.code, "2.05");
    EXPECT_EQ(cbor::diagnostic(pstat["dos"]), R"({"s": 1, "p": false})");
    EXPECT_EQ(pstat["om"].integer(), 4);
    EXPECT_EQ(pstat["sm"].integer(), 4);
    EXPECT_EQ(pstat["cm"].integer(), 2);
    EXPECT_EQ(pstat["tm"].integer(), 0);
    EXPECT_EQ(pstat["isop"].boolean(), false);
    EXPECT_EQ(pstat.text("rowneruuid"), kNil.text());
}

TEST(Conformance, SM_32_reset_clears_acl2) {
    Scene scene;
    ownedAndReset(scene).onboarding.steps("cd");
    const auto acl2 = scene.onboarding.doc()->get(kAcl2);
    ASSERT_NE(acl2["aclist2"].array(), nullptr);
    EXPECT_TRUE(acl2["aclist2"].array()->empty());
    EXPECT_EQ(acl2.text("rowneruuid"), kNil.text());
}

TEST(Conformance, SM_33_reset_keeps_only_mfg_creds) {
    Scene scene;
    ownedAndReset(scene).onboarding.steps("cd");
    const auto cred = scene.onboarding.doc()->get(kCred);
    ASSERT_NE(cred["creds"].array(), nullptr);
    EXPECT_TRUE(cred["creds"].array()->empty()) << "no manufacturer credential was installed";
    EXPECT_EQ(cred.text("rowneruuid"), kNil.text());
}

TEST(Conformance, SM_43_doc_close_in_rfotm_resets) {
    Scene scene;
    scene.onboarding.steps("cdef");
    scene.onboarding.doc().close();
    scene.waitForRfotm();
    const auto doxm = scene.other->get(kDoxm);
    EXPECT_NE(doxm.text("deviceuuid"), kNewDeviceId.text());
    EXPECT_EQ(doxm.text("devowneruuid"), kNil.text());
    EXPECT_EQ(doxm["oxmsel"].integer(), 4);
}

TEST(Conformance, SM_44_doc_close_after_rfpro_keeps_state) {
    for (const auto* more : {"", "no"}) {
        Scene scene;
        scene.onboarding.steps(kToOwned);
        scene.onboarding.steps(more);
        const auto before = scene.device.dos();
        scene.onboarding.doc().close();
        scene.network.advance(scene.network.isReal() ? 1s : 60s);
        EXPECT_EQ(scene.device.dos(), before);
        EXPECT_EQ(scene.owner()->get(kDoxm).text("deviceuuid"), kNewDeviceId.text());
    }
}

TEST(Conformance, SM_45_doc_inactivity_resets) {
    ocf::DeviceSettings settings;
    settings.onboarding.idle = 2500ms;
    Scene scene{{}, settings};
    scene.onboarding.steps("cdef");
    scene.network.advance(2s);
    EXPECT_EQ(scene.onboarding.doc()->get(kPstat).code, "2.05"); // which is activity
    scene.network.advance(2s);
    EXPECT_EQ(scene.device.dos(), kRfotm);
    EXPECT_EQ(scene.device.deviceId(), kNewDeviceId);
    scene.network.advance(1s);
    EXPECT_TRUE(scene.onboarding.doc().closed());
    scene.waitForRfotm();
    EXPECT_NE(scene.device.deviceId(), kNewDeviceId);
}

} // namespace ocfsecd::test::conformance
