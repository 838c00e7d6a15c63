// The rules around the onboarding connection: first as decisions, then as a device lives them (facts 4.1).

#include "ocf/onboarding_connection.h"

#include "coap/block.h"
#include "support/messages.h"
#include "support/scene.h"

namespace ocfsecd::test {

namespace {

using ocf::OnboardingConnection;
using Verdict = OnboardingConnection::Verdict;

constexpr TimePoint kStart{1h};
const Address kFirst = Address::v4({192, 0, 2, 1}, 1000);
const Address kSecond = Address::v4({192, 0, 2, 1}, 1001); // another port is another peer

/// The device left RFOTM for RESET, and is back with another device UUID.
void expectReset(Scene& scene, const Uuid& before) {
    scene.waitForRfotm();
    EXPECT_NE(scene.device.state().doxm.deviceuuid, before);
    EXPECT_EQ(scene.device.state().doxm.oxmsel, svr::oxm::self);
    EXPECT_EQ(scene.device.device().associations(), 0U);
    // … and can be owned.
    JustWorks again{scene.other, {}};
    again.steps("cdefghijlm");
    EXPECT_EQ(scene.device.dos(), kRfpro);
}

} // namespace

TEST(OnboardingConnection, IsGivenToTheFirstPeerOnceAMethodIsSelected) {
    OnboardingConnection doc{{}};
    EXPECT_EQ(doc.judge(kFirst, false), Verdict::noMethod);
    EXPECT_EQ(doc.judge(kFirst, true), Verdict::admit);
    EXPECT_FALSE(doc.occupied());
    doc.handshakeStarted(kFirst, kStart);
    EXPECT_TRUE(doc.occupied());
    EXPECT_FALSE(doc.open());
    EXPECT_EQ(doc.judge(kSecond, true), Verdict::taken);
    EXPECT_EQ(doc.judge(kFirst, true), Verdict::admit) << "it may begin its handshake anew";
    doc.established(7, kFirst, kStart);
    EXPECT_TRUE(doc.open());
    EXPECT_TRUE(doc.is(7));
    EXPECT_FALSE(doc.is(0));
    EXPECT_EQ(doc.judge(kSecond, true), Verdict::taken);
    EXPECT_EQ(doc.judge(kFirst, true), Verdict::peerReturned);
    doc.forget();
    EXPECT_EQ(doc.judge(kSecond, true), Verdict::admit);
    EXPECT_FALSE(doc.is(7));
}

TEST(OnboardingConnection, EndsWhenIdleInRfotmAndInAnyStateAfterItsTime) {
    OnboardingConnection doc{{60s, 30s, 10min, 60s}};
    EXPECT_FALSE(doc.deadline(kRfotm));
    doc.established(7, kFirst, kStart);
    EXPECT_EQ(doc.deadline(kRfotm), kStart + 30s);
    doc.activity(kStart + 20s);
    EXPECT_EQ(doc.deadline(kRfotm), kStart + 50s);
    doc.activity(kStart + 9min + 50s);
    EXPECT_EQ(doc.deadline(kRfotm), kStart + 10min);
    EXPECT_EQ(doc.deadline(kRfpro), kStart + 10min);
    doc.enteredRfnop(kStart + 1min);
    EXPECT_EQ(doc.deadline(kRfnop), kStart + 2min);
    doc.enteredRfnop(kStart + 5min);
    EXPECT_EQ(doc.deadline(kRfnop), kStart + 2min) << "the first time counts";
}

TEST(OnboardingConnection, ThatEndsInRfotmForWhateverReasonResets) {
    {
        Scene scene; // close_notify
        scene.onboarding.steps("cdef");
        scene.onboarding.doc().close();
        expectReset(scene, kNewDeviceId);
    }
    {
        Scene scene; // silence
        scene.onboarding.steps("cdef");
        scene.onboarding.doc().vanish();
        scene.network.advance(29s);
        EXPECT_EQ(scene.device.dos(), kRfotm);
        scene.network.advance(2s);
        EXPECT_EQ(scene.device.dos(), kReset);
        expectReset(scene, kNewDeviceId);
    }
    {
        Scene scene; // talk without end
        scene.onboarding.steps("cdef");
        const auto end = scene.network.now() + 9min + 50s;
        while (scene.network.now() < end) {
            ASSERT_EQ(scene.onboarding.doc()->get(kPstat).code, "2.05");
            scene.network.advance(15s);
        }
        scene.network.advance(15s);
        EXPECT_TRUE(scene.onboarding.doc().closed());
        expectReset(scene, kNewDeviceId);
    }
    {
        Scene scene; // its peer crashed and comes back from the same port
        scene.onboarding.steps("cdef");
        const auto port = scene.onboarding.doc().local().port();
        scene.onboarding.doc().vanish();
        EXPECT_TRUE(scene.tool.connectAnonymously(port).closed());
        expectReset(scene, kNewDeviceId);
    }
    {
        Scene scene; // a handshake that never finishes
        scene.onboarding.steps("c");
        const auto before = scene.device.state().doxm.deviceuuid;
        auto& half = scene.tool.beginHandshake(anonymousClient());
        scene.network.fate = [&](const Packet& packet) {
            return Fate{packet.from == scene.device.secure() && packet.octets.size() > 100 ? 0U : 1U};
        };
        scene.network.settle();
        half.vanish();
        scene.network.fate = [](const Packet&) { return Fate{}; };
        EXPECT_EQ(scene.device.device().associations(), 1U);
        EXPECT_EQ(scene.other->get(kDoxm).code, "4.01") << "it counts from the valid cookie on";
        scene.network.advance(59s);
        EXPECT_EQ(scene.device.state().doxm.deviceuuid, before);
        scene.network.advance(2s);
        expectReset(scene, before);
    }
}

TEST(OnboardingConnection, AHandshakeMayBeBegunAnewByItsPeer) {
    Scene scene;
    scene.onboarding.steps("c");
    const auto before = scene.device.state().doxm.deviceuuid;
    auto& half = scene.tool.beginHandshake(anonymousClient(), 53000);
    scene.network.fate = [&](const Packet& packet) {
        return Fate{packet.from == scene.device.secure() && packet.octets.size() > 100 ? 0U : 1U};
    };
    scene.network.settle();
    half.vanish();
    scene.network.fate = [](const Packet&) { return Fate{}; };
    auto& again = scene.tool.connectAnonymously(53000);
    EXPECT_TRUE(again.established());
    EXPECT_EQ(scene.device.state().doxm.deviceuuid, before);
    EXPECT_EQ(scene.device.device().associations(), 1U);
}

TEST(OnboardingConnection, WhoBeginsAnewAgainAndAgainGetsNoMoreTime) {
    Scene scene;
    scene.onboarding.steps("c");
    const auto before = scene.device.state().doxm.deviceuuid;
    scene.network.fate = [&](const Packet& packet) {
        return Fate{packet.from == scene.device.secure() && packet.octets.size() > 100 ? 0U : 1U};
    };
    const auto begin = scene.network.now();
    const auto beginAnew = [&] {
        auto& half = scene.tool.beginHandshake(anonymousClient(), 53000);
        scene.network.settle();
        half.vanish();
        EXPECT_EQ(scene.device.device().associations(), 1U);
    };
    while (scene.network.now() - begin < 50s) {
        beginAnew();
        scene.network.advance(25s);
    }
    EXPECT_EQ(scene.device.state().doxm.deviceuuid, before);
    beginAnew();
    scene.network.advance(11s);
    scene.network.fate = [](const Packet&) { return Fate{}; };
    expectReset(scene, before);
}

TEST(OnboardingConnection, EndsWhatSomebodyElseWasGivenHalfOf) {
    Scene scene;
    const auto first = scene.other->request({.method = Method::get, .path = std::string{kRes}});
    ASSERT_EQ(first.code, "2.05"); // in blocks: it was asked for in clear
    coap::Message rest = message(coap::code::get, kRes, {}, 900);
    rest.addNumber(coap::option::block2, coap::Block{1, false, 4}.value());
    const auto answers = [&] {
        scene.other.heard.clear();
        ++rest.id;
        scene.other.sendRawClear(coap::encode(rest));
        scene.network.settle();
        std::string codes;
        for (const auto& packet : scene.other.heard)
            if (const auto decoded = coap::decode(packet.octets))
                codes += coap::codeText(decoded->code) + " ";
        return codes;
    };
    auto begin = message(coap::code::get, kRes, {}, 899);
    scene.other.sendRawClear(coap::encode(begin));
    scene.network.settle();
    EXPECT_EQ(answers(), "2.05 ");
    scene.onboarding.steps("cd");
    EXPECT_EQ(answers(), "4.01 ");
}

TEST(OnboardingConnection, AHelloWithoutACommonSuiteHoldsNothing) {
    Scene scene;
    scene.onboarding.steps("c");
    EXPECT_TRUE(scene.other.connectPsk(kOwner, keyOf(kOwner)).closed());
    EXPECT_EQ(scene.other->get(kDoxm)["oxmsel"].integer(), 0);
    scene.onboarding.steps("defghijlm");
}

TEST(OnboardingConnection, LosesItsPrivilegeAMinuteAfterNormalOperation) {
    Scene scene;
    scene.onboarding.steps("cdefghijlmno");
    scene.network.advance(50s);
    EXPECT_EQ(scene.onboarding.doc()->get(kPstat).code, "2.05");
    scene.network.advance(15s);
    EXPECT_TRUE(scene.onboarding.doc().closed());
    EXPECT_EQ(scene.device.dos(), kRfnop) << "the device stays owned";
    EXPECT_EQ(scene.owner()->get(kPstat).code, "2.05");
}

TEST(OnboardingConnection, MayResetEvenFromNormalOperation) {
    Scene scene; // facts 4.3 step 13: a tool that failed late
    scene.onboarding.steps("cdefghijlmno");
    EXPECT_EQ(scene.onboarding.doc()->setState(0).code, "2.04");
    scene.waitForRfotm();
    EXPECT_FALSE(scene.device.vault().snapshot());
}

TEST(OnboardingConnection, AResetFollowedByCloseIsOneReset) {
    Scene scene;
    scene.onboarding.steps("cdef");
    EXPECT_EQ(scene.onboarding.doc()->setState(0).code, "2.04");
    scene.onboarding.doc().close();
    scene.waitForRfotm();
    scene.network.advance(10s);
    EXPECT_EQ(scene.device.count(ocf::Event::Kind::resetBegun), 1U);
    EXPECT_EQ(scene.device.count(ocf::Event::Kind::resetDone), 1U);
}

TEST(OnboardingConnection, AHostileLifeBeforeOwnershipWritesNothing) {
    Scene scene;
    for (int i = 0; i < 20; ++i) {
        scene.onboarding.steps("cdefghijl");
        scene.onboarding.doc().close();
        scene.waitForRfotm();
    }
    const auto& counts = scene.device.vault().counts();
    EXPECT_EQ(counts.commits + counts.marks + counts.finishes + counts.unseals, 0U);
}

} // namespace ocfsecd::test
