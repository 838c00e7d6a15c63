// The Random PIN owner transfer method (facts 4.4), over the simulated wire.

#include "support/tested_scene.h"
#include "svr/pin_key.h"
#include "unit/dtls/hello.h"

namespace ocfsecd::test::conformance {

namespace {

/// A device whose PIN somebody can read, and a tool that is told it.
struct PinScene : Scene {
    explicit PinScene(bool display = true, const ocf::DeviceSettings& settings = {})
        : Scene{{.method = svr::oxm::randomPin}, settings} {
        onboarding.plan().readPin = [this] { return shown(); };
        if (display)
            device.showPins(true);
    }
    std::string shown() const { return device.lastPin().characters; }
    Reply select(int method = 1) { return tool->post(kDoxm, cbor::Map{{"oxmsel", method}}); }
    std::string lastWhy() const { return device.lastPin().why; }
    std::optional<std::int64_t> selected() { return other->get(kDoxm)["oxmsel"].integer(); }
};

bool offersPin(const Reply& doxm) {
    const auto* oxms = doxm["oxms"].array();
    return oxms != nullptr && std::ranges::find(*oxms, cbor::Value{1}) != oxms->end();
}

} // namespace

TEST(Conformance, OT_17_pin_not_offered_without_display) {
    PinScene scene{false};
    EXPECT_FALSE(offersPin(scene.tool->get(kDoxm)));
    EXPECT_EQ(scene.select().code, "4.00");
    scene.device.showPins(true);
    EXPECT_TRUE(offersPin(scene.tool->get(kDoxm)));
    EXPECT_EQ(scene.select().code, "2.04");
    EXPECT_FALSE(scene.shown().empty());
    scene.device.showPins(false);
    EXPECT_FALSE(offersPin(scene.tool->get(kDoxm)));
    EXPECT_EQ(scene.selected(), svr::oxm::self) << "nobody can read the PIN any more";
}

TEST(Conformance, OT_08_pin_generated_on_select) {
    PinScene scene;
    ASSERT_EQ(scene.select().code, "2.04");
    const auto first = scene.shown();
    ASSERT_EQ(scene.select().code, "2.04");
    EXPECT_NE(scene.shown(), first);
    ASSERT_EQ(scene.select(0).code, "2.04");
    EXPECT_EQ(scene.lastWhy(), "replaced") << "Just Works was chosen instead";
}

TEST(RandomPinOnTheWire, SelectionsAreLimited) {
    PinScene scene;
    for (int n = 0; n < 5; ++n)
        EXPECT_EQ(scene.select().code, "2.04");
    EXPECT_EQ(scene.select().code, "5.03");
}

TEST(Conformance, OT_03_pin_suite_only) {
    PinScene scene;
    ASSERT_EQ(scene.select().code, "2.04");
    auto& anonymous = scene.other.connectAnonymously();
    EXPECT_TRUE(anonymous.closed());
    EXPECT_EQ(anonymous.dtls().closeReason().alert, dtls::alert::handshakeFailure);
    EXPECT_EQ(scene.selected(), 1) << "a scan changes nothing";
    EXPECT_TRUE(scene.tool.connect(pinClient(scene.shown())).established());
}

TEST(Conformance, OT_11_pin_hint_format) {
    PinScene scene;
    ASSERT_EQ(scene.select().code, "2.04");
    auto& session = scene.tool.connect(pinClient(scene.shown()));
    ASSERT_TRUE(session.established());
    const auto hint = session.dtls().hint();
    ASSERT_EQ(hint.size(), 33U);
    EXPECT_EQ(textOf(hint.first(17)), "oic.sec.doxm.rdp:");
    EXPECT_TRUE(equal(hint.last(16), scene.device.deviceId().raw()));
}

TEST(Conformance, OT_12_pin_identity_checked) {
    PinScene scene;
    for (const std::string_view identity : {"oic.sec.doxm.rdp:", "oic.sec.doxm.rd", "OIC.SEC.DOXM.RDP"}) {
        ASSERT_EQ(scene.select().code, "2.04");
        const auto key = svr::derivePinKey(scene.shown(), scene.device.deviceId());
        auto& session = scene.tool.connect(pskClient(viewOf(identity), key.view()));
        EXPECT_TRUE(session.closed()) << identity;
        EXPECT_EQ(session.dtls().closeReason().alert, dtls::alert::unknownPskIdentity);
        scene.waitForRfotm();
    }
}

TEST(Conformance, OT_13_wrong_pin_resets) {
    PinScene scene;
    ASSERT_EQ(scene.select().code, "2.04");
    const auto before = scene.device.deviceId();
    auto wrong = scene.shown();
    wrong.front() = wrong.front() == '0' ? '1' : '0';
    auto& session = scene.tool.connect(pinClient(wrong));
    EXPECT_TRUE(session.closed());
    EXPECT_EQ(session.dtls().closeReason().alert, dtls::alert::badRecordMac) << "facts 4.1 D5b";
    scene.waitForRfotm();
    EXPECT_NE(scene.device.deviceId(), before);
    EXPECT_EQ(scene.selected(), svr::oxm::self);
    EXPECT_EQ(scene.lastWhy(), "reset");
    EXPECT_FALSE(scene.device.askForPin()) << "the right one is worthless, too";
}

TEST(Conformance, OC_02_derive_randompin) {
    PinScene scene;
    scene.own(kRfnop);
    EXPECT_EQ(scene.lastWhy(), "used");
    EXPECT_EQ(scene.owner()->get(kPstat).code, "2.05") << "the derived credential opens a new session";
}

TEST(RandomPinOnTheWire, ThePinIsGoneOnceItWasUsed) {
    PinScene scene;
    scene.onboarding.steps("cd");
    EXPECT_EQ(scene.lastWhy(), "used");
    EXPECT_FALSE(scene.device.askForPin());
    EXPECT_EQ(scene.onboarding.doc()->get(kDoxm)["oxmsel"].integer(), 1)
        << "the key derivation needs the method's name";
}

TEST(RandomPinOnTheWire, WhoAsksForThePinIsToldWhyThereIsNone) {
    PinScene scene;
    const auto ask = [&] { return scene.device.askForPin(); };
    EXPECT_NE(ask().failure().what.find("no tool has selected"), std::string::npos);
    ASSERT_EQ(scene.select().code, "2.04");
    ASSERT_TRUE(ask());
    EXPECT_EQ(*ask(), scene.shown());
    ASSERT_EQ(scene.select(0).code, "2.04");
    EXPECT_NE(ask().failure().what.find("replaced"), std::string::npos);
    scene.own(kRfnop);
    EXPECT_NE(ask().failure().what.find("has an owner"), std::string::npos);
    EXPECT_EQ(faceOf(ask().failure().reason).dbusError, "org.ocfsecd1.Error.WrongState");
}

TEST(RandomPinOnTheWire, AnOwnedDeviceOffersItOnlyWhileSomebodyShowsPins) {
    PinScene scene;
    scene.own(kRfnop);
    EXPECT_TRUE(offersPin(scene.owner()->get(kDoxm)));
    scene.device.showPins(false);
    EXPECT_FALSE(offersPin(scene.owner()->get(kDoxm)));
}

TEST(RandomPinOnTheWire, AnOldPinOpensNothing) {
    ocf::DeviceSettings settings;
    settings.pin.lifetime = 2s;
    PinScene scene{true, settings};
    ASSERT_EQ(scene.select().code, "2.04");
    const auto pin = scene.shown();
    scene.network.until([&] { return scene.lastWhy() == "expired"; }, 10s);
    EXPECT_EQ(scene.lastWhy(), "expired");
    EXPECT_EQ(scene.selected(), svr::oxm::self);
    EXPECT_TRUE(scene.tool.connect(pinClient(pin)).closed());
}

} // namespace ocfsecd::test::conformance
