// The order of a RESET: mark, answer, erase, RFOTM; and what a crash or a failure between two of them leaves
// (design section 4).

#include "support/scene.h"

namespace ocfsecd::test {

namespace {

const Failure kTpmGone{Reason::tpmUnavailable, "the TPM is gone", "look after it"};

struct Owned : Scene {
    Owned() {
        own(kRfnop);
        session = &owner();
    }
    coap::CallId askForReset() {
        const cbor::Value body = cbor::Map{{"dos", cbor::Map{{"s", 0}}}};
        const auto call = session->ask().begin(Method::post, kPstat, {}, &body);
        network.settle();
        return call;
    }
    SimSession* session = nullptr;
};

} // namespace

TEST(Reset, IsAnsweredOnlyAfterTheDurableMark) {
    Owned scene;
    scene.device.vault().holding = true;
    const auto call = scene.askForReset();
    EXPECT_FALSE(scene.session->ask().reply(call));
    EXPECT_EQ(scene.device.dos(), kRfnop);
    EXPECT_EQ(scene.device.vault().counts().marks, 0U);
    EXPECT_TRUE(scene.device.releaseOne());
    scene.network.settle();
    EXPECT_EQ(scene.device.vault().counts().marks, 1U);
    ASSERT_TRUE(scene.session->ask().reply(call));
    EXPECT_EQ(scene.session->ask().reply(call)->code, "2.04");
    EXPECT_EQ(scene.device.dos(), kReset);
    EXPECT_TRUE(scene.device.vault().snapshot()) << "nothing is erased yet";
}

TEST(Reset, ErasesTwoSecondsLaterAndIsInRfotmOnlyAfterThat) {
    Owned scene;
    scene.askForReset();
    const auto marked = scene.network.now();
    scene.device.vault().holding = true;
    ASSERT_TRUE(scene.network.until([&] { return scene.device.held() == 1; }, 10s));
    EXPECT_EQ(scene.network.now() - marked, 2s);
    EXPECT_EQ(scene.device.dos(), kReset);
    EXPECT_FALSE(scene.session->closed()) << "the answer had its time to get out";
    scene.network.advance(1s);
    EXPECT_EQ(scene.device.dos(), kReset);
    scene.device.release();
    scene.network.settle();
    EXPECT_EQ(scene.device.dos(), kRfotm);
    EXPECT_TRUE(scene.session->closed());
    EXPECT_FALSE(scene.device.vault().snapshot());
    EXPECT_FALSE(scene.device.vault().resetting());
}

TEST(Reset, WhoseMarkFailsChangesNothing) {
    Owned scene;
    const auto before = scene.device.state();
    scene.device.vault().failing = kTpmGone;
    EXPECT_EQ(scene.session->ask().setState(0).code, "5.03");
    EXPECT_TRUE(scene.device.state() == before);
    EXPECT_FALSE(scene.device.device().pending());
    scene.network.advance(10s);
    EXPECT_EQ(scene.device.dos(), kRfnop);
    scene.device.vault().failing.reset();
    EXPECT_EQ(scene.session->ask().get(kPstat).code, "2.05");
    EXPECT_EQ(scene.session->ask().setState(2).code, "2.04") << "and everything goes on";
}

TEST(Reset, IsCompletedAfterACrashBehindTheMark) {
    Owned scene;
    const auto key = scene.onboarding.ownerKey();
    scene.askForReset();
    scene.network.advance(1s);
    scene.device.kill();
    ASSERT_TRUE(scene.device.vault().snapshot());
    scene.device.start();
    scene.waitForRfotm();
    EXPECT_FALSE(scene.device.vault().snapshot());
    EXPECT_EQ(scene.device.vault().counts().finishes, 1U);
    EXPECT_NE(scene.device.state().doxm.deviceuuid, kNewDeviceId);
    EXPECT_TRUE(scene.tool.connectPsk(kOwner, key->view()).closed());
    scene.own(kRfnop);
}

TEST(Reset, DidNotBeginForACrashBeforeTheMark) {
    Owned scene;
    scene.device.vault().holding = true;
    scene.askForReset();
    scene.device.kill();
    scene.device.vault().holding = false;
    scene.device.start();
    EXPECT_EQ(scene.device.dos(), kRfnop);
    EXPECT_EQ(scene.owner()->get(kPstat).code, "2.05");
}

TEST(Reset, ThatCannotEraseStaysOutOfRfotmAndTriesAgain) {
    Owned scene;
    scene.askForReset();
    scene.device.vault().failing = kTpmGone;
    scene.network.advance(3s);
    EXPECT_EQ(scene.device.dos(), kReset);
    EXPECT_EQ(scene.device.count(ocf::Event::Kind::commitFailed), 1U);
    scene.network.advance(20s);
    EXPECT_EQ(scene.device.dos(), kReset);
    EXPECT_GE(scene.device.count(ocf::Event::Kind::commitFailed), 4U);
    EXPECT_EQ(scene.other->get(kDoxm).code, "4.01") << "no discovery as an unowned device";
    scene.device.vault().failing.reset();
    scene.waitForRfotm();
    EXPECT_FALSE(scene.device.vault().snapshot());
}

TEST(Reset, ThatCannotEraseAtStartUpStaysOutOfRfotm) {
    Owned scene;
    scene.askForReset();
    scene.device.vault().failing = kTpmGone;
    scene.device.restart();
    scene.network.advance(30s);
    EXPECT_EQ(scene.device.dos(), kReset);
    scene.device.vault().failing.reset();
    scene.waitForRfotm();
}

TEST(Reset, OfTheOperatorTellsWhenItIsDone) {
    Owned scene;
    scene.device.operatorReset();
    EXPECT_EQ(scene.device.dos(), kReset);
    EXPECT_TRUE(scene.device.operatorOutcomes.empty());
    scene.device.operatorReset(); // impatient
    ASSERT_EQ(scene.device.operatorOutcomes.size(), 1U);
    EXPECT_EQ(scene.device.operatorOutcomes.front().failure().reason, Reason::busy);
    scene.waitForRfotm();
    ASSERT_EQ(scene.device.operatorOutcomes.size(), 2U);
    EXPECT_TRUE(scene.device.operatorOutcomes.back());
}

TEST(Reset, OfTheOperatorComesBeforeAllThatPeersStillWantToWrite) {
    Owned scene;
    scene.device.vault().holding = true;
    const cbor::Value one = cbor::Map{{"tm", 8}}, two = cbor::Map{{"tm", 4}};
    scene.session->ask().begin(Method::post, kPstat, {}, &one);
    scene.session->ask().begin(Method::post, kPstat, {}, &two);
    scene.network.settle();
    ASSERT_TRUE(scene.device.device().pending());
    scene.device.operatorReset();
    EXPECT_TRUE(scene.device.operatorOutcomes.empty()) << "it waits for the commit under way";
    EXPECT_TRUE(scene.device.releaseOne());
    scene.network.settle();
    EXPECT_TRUE(scene.device.releaseOne());
    EXPECT_EQ(scene.device.vault().counts().marks, 1U) << "the second write had to wait";
    scene.device.release();
    scene.device.vault().holding = false;
    scene.waitForRfotm();
    ASSERT_EQ(scene.device.operatorOutcomes.size(), 1U);
    EXPECT_TRUE(scene.device.operatorOutcomes.front());
}

TEST(Reset, OfTheOperatorThatCannotBeMarkedFails) {
    Owned scene;
    scene.device.vault().failing = kTpmGone;
    scene.device.operatorReset();
    ASSERT_EQ(scene.device.operatorOutcomes.size(), 1U);
    EXPECT_EQ(scene.device.operatorOutcomes.front().failure().reason, Reason::tpmUnavailable);
    EXPECT_EQ(scene.device.dos(), kRfnop);
}

TEST(Reset, OfTheOperatorAndOfTheOwnerAtOnceAreOne) {
    Owned scene;
    scene.device.vault().holding = true;
    const auto call = scene.askForReset();
    scene.device.operatorReset();
    scene.device.release();
    scene.waitForRfotm();
    EXPECT_EQ(scene.session->ask().reply(call).value_or(Reply{}).code, "2.04");
    EXPECT_EQ(scene.device.vault().counts().finishes, 1U);
    ASSERT_EQ(scene.device.operatorOutcomes.size(), 1U);
}

TEST(Reset, SoftResetOfTheOperatorIsDurable) {
    Owned scene;
    scene.device.operatorSoftReset();
    ASSERT_EQ(scene.device.operatorOutcomes.size(), 1U);
    EXPECT_TRUE(scene.device.operatorOutcomes.front());
    EXPECT_EQ(scene.device.dos(), kSreset);
    scene.device.restart();
    EXPECT_EQ(scene.device.dos(), kSreset);
    scene.owner()->setState(0);
    scene.waitForRfotm();
    scene.device.operatorSoftReset();
    EXPECT_EQ(scene.device.operatorOutcomes.back().failure().reason, Reason::precondition) << "not of an unowned one";
}

TEST(Reset, SoftResetInSresetChangesNothing) {
    Owned scene;
    scene.device.operatorSoftReset();
    const auto counts = scene.device.vault().counts();
    scene.device.operatorSoftReset();
    ASSERT_EQ(scene.device.operatorOutcomes.size(), 2U);
    EXPECT_TRUE(scene.device.operatorOutcomes.back());
    EXPECT_EQ(scene.device.vault().counts().commits, counts.commits) << "no write to disk or TPM for nothing";
}

TEST(Reset, OfADeviceThatWasNotReadEndsWhatAClientHadMeanwhile) {
    Owned scene;
    ASSERT_TRUE(scene.session->established());
    // The agent erased disk and TPM beside the device.
    scene.device.act([](ocf::Device& device, TimePoint now) { device.startUnowned(now); });
    scene.network.settle();
    EXPECT_EQ(scene.device.dos(), kRfotm);
    EXPECT_TRUE(scene.session->closed()) << "facts 1.5: no session survives into RFOTM";
    EXPECT_EQ(scene.device.device().sessions(), 0U);
}

TEST(Reset, MakesEveryOldSealedKeyUseless) {
    Owned scene;
    const auto blob = scene.device.state().cred.creds.front().key.sealed.value();
    scene.askForReset();
    scene.waitForRfotm();
    EXPECT_FALSE(scene.device.vault().unseal(blob));
}

TEST(Reset, RefusesHandshakesMeanwhile) {
    Owned scene;
    scene.askForReset();
    auto& session = scene.tool.connectPsk(kOwner, scene.onboarding.ownerKey()->view());
    EXPECT_TRUE(session.closed());
    EXPECT_EQ(session.dtls().closeReason().alert, dtls::alert::handshakeFailure);
    EXPECT_EQ(scene.device.dos(), kReset);
}

} // namespace ocfsecd::test
