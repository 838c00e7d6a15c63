// The gate of an unowned device (design section 7): when Just Works is open, and for whom.

#include "support/scene.h"

namespace ocfsecd::test {

namespace {

ocf::DeviceSettings settingsWith(ocf::JustWorks justWorks) {
    ocf::DeviceSettings out;
    out.justWorks = justWorks;
    return out;
}

const Address kFarHost = Address::v4({203, 0, 113, 5}, 0);

} // namespace

TEST(JustWorksWindow, ClosesAQuarterOfAnHourAfterTheStart) {
    Scene scene;
    scene.network.advance(14min + 59s);
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[0]");
    scene.network.advance(2s);
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[]");
    EXPECT_EQ(scene.tool->post(kDoxm, cbor::Map{{"oxmsel", 0}}).code, "4.00");
    EXPECT_TRUE(scene.tool.connectAnonymously().closed());
}

TEST(JustWorks, IsNotOfferedUnderTheBlackProfile) {
    ocf::DeviceSettings settings;
    settings.justWorks = ocf::JustWorks::always;
    settings.capabilities.profiles = {std::string{svr::profile::black}, std::string{svr::profile::baseline}};
    settings.capabilities.currentProfile = svr::profile::black;
    Scene scene{{}, settings};
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[]");
    EXPECT_EQ(scene.tool->post(kDoxm, cbor::Map{{"oxmsel", 0}}).code, "4.00");
}

TEST(JustWorksWindow, UnselectsWhatWasSelectedAndNotUsed) {
    Scene scene;
    scene.onboarding.steps("c");
    scene.network.advance(16min);
    EXPECT_EQ(scene.tool->get(kDoxm)["oxmsel"].integer(), 4);
    EXPECT_TRUE(scene.tool.connectAnonymously().closed());
}

TEST(JustWorksWindow, LetsAnOnboardingThatBeganInItFinish) {
    Scene scene;
    scene.network.advance(14min + 50s);
    scene.onboarding.steps("cdef");
    scene.network.advance(20s);
    scene.onboarding.steps("ghijlmno");
    EXPECT_EQ(scene.device.dos(), kRfnop);
}

TEST(JustWorksWindow, OpensAgainWithAResetAndWithAStart) {
    Scene scene;
    scene.network.advance(16min);
    scene.device.operatorReset();
    scene.waitForRfotm();
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[0]");
    scene.network.advance(16min);
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[]");
    scene.device.restart();
    scene.own(kRfnop);
}

TEST(JustWorksWindow, StaysClosedAtAStartThatOpensNone) {
    Scene scene;
    scene.device.windowAtStart = false;
    scene.device.restart();
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[]");
    EXPECT_TRUE(scene.tool.connectAnonymously().closed());
    scene.device.operatorReset();
    scene.waitForRfotm();
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[0]") << "a reset by the operator opens it";
    scene.device.restart();
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[]");
    scene.device.act([](ocf::Device& device, TimePoint now) { EXPECT_TRUE(device.openWindow(1min, now)); });
    scene.own(kRfnop);
}

TEST(JustWorksWindow, IsNotHeldOpenByWhoBeginsAndBreaksOff) {
    Scene scene;
    for (int i = 0; i < 3; ++i) {
        scene.network.advance(4min + 50s);
        scene.onboarding.steps("cde");
        scene.onboarding.doc().close();
        scene.waitForRfotm();
    }
    scene.network.advance(30s);
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[]") << "it is open a quarter of an hour, not longer";
}

TEST(JustWorksWindow, IsNotOpenedByAResetOverTheOnboardingConnection) {
    Scene scene;
    scene.network.advance(14min + 50s);
    scene.onboarding.steps("cde");
    scene.network.advance(20s);
    EXPECT_EQ(scene.onboarding.doc().ask().setState(0).code, "2.04");
    scene.waitForRfotm();
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[]");
}

TEST(JustWorksWindow, OpensWhenAnOwnershipEnds) {
    Scene scene;
    scene.own(kRfnop);
    scene.network.advance(16min);
    scene.owner()->setState(0);
    scene.waitForRfotm();
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[0]");
}

TEST(JustWorksWindow, IsNoMatterOfAnOwnedDevice) {
    Scene scene;
    scene.own(kRfnop);
    scene.network.advance(1h);
    EXPECT_EQ(cbor::diagnostic(scene.owner()->get(kDoxm)["oxms"]), "[0]") << "what it can";
    EXPECT_EQ(scene.device.state().doxm.oxmsel, 0);
}

TEST(JustWorksWindow, IsOpenedByTheOperatorForAsLongAsHeSays) {
    Scene scene;
    scene.network.advance(16min);
    Result<void> opened;
    const auto open = [&](Duration time) {
        scene.device.act([&](ocf::Device& it, TimePoint now) { opened = it.openWindow(time, now); });
    };
    open(90s);
    EXPECT_TRUE(opened);
    scene.network.advance(89s);
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[0]");
    scene.network.advance(2s);
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[]");
    open(90s);
    scene.own(kRfnop);
    open(90s);
    EXPECT_EQ(opened.failure().reason, Reason::precondition);
}

TEST(JustWorksWindow, NeverIsNotOpenedByTheOperatorEither) {
    Scene scene{{}, settingsWith(ocf::JustWorks::never)};
    Result<void> opened;
    scene.device.act([&](ocf::Device& it, TimePoint now) { opened = it.openWindow(90s, now); });
    EXPECT_EQ(opened.failure().reason, Reason::methodNotAllowed);
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[]");
}

TEST(JustWorksWindow, AlwaysMeansAlways) {
    Scene scene{{}, settingsWith(ocf::JustWorks::always)};
    scene.network.advance(24h);
    scene.own(kRfnop);
}

TEST(JustWorksWindow, NeverMeansNever) {
    Scene scene{{}, settingsWith(ocf::JustWorks::never)};
    EXPECT_EQ(cbor::diagnostic(scene.tool->get(kDoxm)["oxms"]), "[]");
    EXPECT_EQ(scene.tool->post(kDoxm, cbor::Map{{"oxmsel", 0}}).code, "4.00");
    EXPECT_TRUE(scene.tool.connectAnonymously().closed());
    EXPECT_EQ(scene.device.dos(), kRfotm);
}

TEST(OffLinkPeers, AreNotHeardWhileUnowned) {
    Scene scene;
    SimPeer far{scene.network, kFarHost, scene.device.clear(), scene.device.secure()};
    EXPECT_EQ(far->get(kDoxm).code, "-");
    EXPECT_TRUE(far->discover(kGroup4, kDoxm).empty());
    scene.onboarding.steps("c");
    EXPECT_FALSE(far.connectAnonymously().established());
    EXPECT_TRUE(far.heard.empty()) << "no octet goes there";
    scene.onboarding.steps("defghijlmno");
    EXPECT_EQ(far->get(kDev).code, "2.05") << "an owned device's ACEs decide";
    EXPECT_TRUE(far.connectPsk(kOwner, scene.onboarding.ownerKey()->view()).established());
}

TEST(OffLinkPeers, MayOnboardWhereTheConfigurationSaysSo) {
    ocf::DeviceSettings settings;
    settings.offLinkOnboarding = true;
    Scene scene{{}, settings};
    SimPeer far{scene.network, kFarHost, scene.device.clear(), scene.device.secure()};
    JustWorks onboarding{far, {}};
    onboarding.steps("cdefghijlmno");
    EXPECT_EQ(scene.device.dos(), kRfnop);
}

} // namespace ocfsecd::test
