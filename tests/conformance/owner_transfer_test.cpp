// The onboarding connection: who gets it, with what, and what ends it (facts 4.1).

#include "support/tested_scene.h"
#include "unit/dtls/hello.h"

namespace ocfsecd::test::conformance {

namespace {

using dtls::test::makeHello;

/// A scan: a hello with this suite, the cookie answered. The alert that came back, nothing when the handshake goes on.
std::optional<std::uint8_t> alertTo(Scene& scene, SimPeer& from, std::uint16_t suite, std::uint16_t port) {
    const auto heard = from.heard.size();
    dtls::test::HelloForm form;
    form.suites = {suite};
    form.random = Bytes(32, static_cast<std::uint8_t>(port));
    form.extensions = *fromHex("000a000400020017000b00020100000d000400020403");
    from.sendRaw(scene.device.secure(), makeHello(form), port);
    EXPECT_EQ(from.heard.size(), heard + 1) << "HelloVerifyRequest";
    form.cookie = dtls::test::cookieOf(from.heard.back().octets);
    form.sequence = 1;
    EXPECT_FALSE(form.cookie.empty());
    from.sendRaw(scene.device.secure(), makeHello(form), port);
    EXPECT_GT(from.heard.size(), heard + 1);
    ByteView answer = from.heard.back().octets;
    const auto record = dtls::nextRecord(answer);
    if (!record || record->type != dtls::ContentType::alert)
        return std::nullopt;
    EXPECT_EQ(record->fragment[0], 2) << "fatal";
    return record->fragment[1];
}

constexpr std::uint16_t kOtherSuites[] = {0xC037, 0xC0AE, 0xC0AC, 0xC0AF, 0xC0AD, 0xC023,
                                          0xC018, 0xC02B, 0x00A8, 0xC0A8, 0x008C, 0xFF01};

} // namespace

TEST(Conformance, OT_01_dtls_refused_before_oxmsel) {
    Scene scene;
    const auto before = scene.device.everything();
    auto& session = scene.tool.connectAnonymously();
    EXPECT_TRUE(session.closed());
    EXPECT_EQ(session.dtls().closeReason().alert, dtls::alert::handshakeFailure);
    EXPECT_TRUE(scene.device.everything() == before);
    if (auto* inside = scene.device.insideIfThere()) {
        EXPECT_EQ(inside->device().associations(), 0U);
    }
}

TEST(Conformance, OT_02_jw_suite_only) {
    Scene scene;
    scene.onboarding.steps("c");
    std::uint16_t port = 51000;
    for (const auto suite : kOtherSuites)
        EXPECT_EQ(alertTo(scene, scene.other, suite, ++port), dtls::alert::handshakeFailure) << std::hex << suite;
    const auto doxm = scene.other->get(kDoxm);
    EXPECT_EQ(doxm.code, "2.05") << "and blocks nobody";
    EXPECT_EQ(doxm["oxmsel"].integer(), 0) << "a scan changes nothing";
    EXPECT_TRUE(scene.tool.connectAnonymously().established());
}

TEST(Conformance, OT_05_anon_suite_never_when_owned) {
    for (const auto in : kOwnedStates) {
        Scene scene;
        scene.own(in);
        EXPECT_EQ(alertTo(scene, scene.other, 0xFF00, 51000), dtls::alert::handshakeFailure);
        EXPECT_TRUE(scene.other.connectAnonymously().closed());
        EXPECT_EQ(alertTo(scene, scene.other, 0xC037, 51001), std::nullopt);
    }
    Scene scene; // nor for a second peer while the onboarding connection is open
    scene.onboarding.steps(kToOwned);
    EXPECT_TRUE(scene.other.connectAnonymously().closed());
}

TEST(Conformance, OT_06_second_session_refused) {
    Scene scene;
    scene.onboarding.steps("cd");
    auto& second = scene.other.connectAnonymously();
    EXPECT_TRUE(second.closed());
    EXPECT_EQ(second.dtls().closeReason().alert, dtls::alert::handshakeFailure);
    auto& sameHost = scene.tool.connectAnonymously(); // from another port
    EXPECT_TRUE(sameHost.closed());
    scene.onboarding.steps("efghijlm");
    EXPECT_EQ(scene.device.dos(), kRfpro) << "undisturbed";
}

TEST(Conformance, OT_07_half_open_does_not_block) {
    Scene scene;
    scene.onboarding.steps("c");
    dtls::test::HelloForm form;
    form.suites = {0xFF00};
    for (std::uint16_t port = 52000; port < 52100; ++port)
        scene.other.sendRaw(scene.device.secure(), makeHello(form), port);
    form.cookie = Bytes(32, 7); // a wrong one is as good as none
    scene.other.sendRaw(scene.device.secure(), makeHello(form), 52000);
    const auto doxm = scene.other->get(kDoxm);
    EXPECT_EQ(doxm.code, "2.05") << "clear requests go on";
    EXPECT_EQ(doxm["oxmsel"].integer(), 0);
    scene.onboarding.steps("defghijlm");
    EXPECT_EQ(scene.device.dos(), kRfpro);
}

TEST(Conformance, OT_23_plgd_second_session_in_rfpro) {
    Scene scene;
    scene.onboarding.steps(kToOwned);
    auto& second = scene.owner();
    EXPECT_EQ(second->get(kPstat).code, "2.05");
    EXPECT_EQ(scene.onboarding.doc()->get(kPstat).code, "2.05");
}

TEST(Conformance, OT_25_reonboard_after_reset) {
    Scene scene;
    scene.own(kRfnop);
    EXPECT_EQ(scene.owner()->setState(0).code, "2.04");
    scene.waitForRfotm();
    Plan plan;
    plan.owner = uuidOf("0ddba11f-2222-4333-8444-555566667777");
    plan.pstatOwner = plan.credOwner = plan.acl2Owner = plan.owner;
    plan.device = uuidOf("be11a1aa-2222-4333-8444-555566667777");
    JustWorks second{scene.other, plan};
    second.steps("cdefghijlmno");
    EXPECT_EQ(scene.device.dos(), kRfnop);
    auto& session = scene.other.connectPsk(plan.owner, second.ownerKey()->view());
    ASSERT_TRUE(session.established());
    EXPECT_EQ(session->get(kDoxm).text("devowneruuid"), plan.owner.text());
    EXPECT_FALSE(scene.tool.connectPsk(kOwner, scene.onboarding.ownerKey()->view()).established());
}

} // namespace ocfsecd::test::conformance
