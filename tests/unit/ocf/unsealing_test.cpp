// How a peer's key comes from its sealed object into the handshake (design section 4).

#include "support/scene.h"

#include <fmt/chrono.h>

namespace ocfsecd::test {

namespace {

const Failure kTpmGone{Reason::tpmUnavailable, "the TPM is gone", "look after it"};

/// Owned, restarted: every key has to be unsealed.
struct Restarted : Scene {
    Restarted() : Scene{Plan::separateServices()} {
        own(kRfpro);
        device.restart();
    }
    unsigned unseals() { return device.vault().counts().unseals; }
};

} // namespace

TEST(Unsealing, HappensOnceAMinuteForEachPeer) {
    Restarted scene;
    for (int i = 0; i < 5; ++i)
        scene.owner();
    EXPECT_EQ(scene.unseals(), 1U);
    scene.as(kPairwise);
    EXPECT_EQ(scene.unseals(), 2U);
    scene.network.advance(59s);
    scene.owner();
    EXPECT_EQ(scene.unseals(), 2U);
    scene.network.advance(2s);
    scene.owner();
    EXPECT_EQ(scene.unseals(), 3U);
}

TEST(Unsealing, IsSparedThePeerThatWasJustProvisioned) {
    Scene scene;
    scene.own(kRfnop);
    EXPECT_TRUE(scene.owner().established());
    EXPECT_EQ(scene.device.vault().counts().unseals, 0U);
}

TEST(Unsealing, OfAReplacedCredentialNeverServesTheOldKey) {
    Restarted scene;
    auto& owner = scene.owner();
    EXPECT_TRUE(scene.as(kPairwise).established()); // the old key is cached now
    const Bytes newKey(16, 0x77);
    EXPECT_EQ(owner->post(kCred, cbor::Map{{"creds", cbor::Array{psk(kPairwise, newKey)}}}).code, "2.04");
    EXPECT_TRUE(scene.tool.connectPsk(kPairwise, keyOf(kPairwise)).closed());
    EXPECT_TRUE(scene.tool.connectPsk(kPairwise, newKey).established());
    EXPECT_EQ(owner->del(kCred, {"subjectuuid=" + kPairwise.text()}).code, "2.02");
    EXPECT_TRUE(scene.tool.connectPsk(kPairwise, newKey).closed()) << "deleted: cached or not";
}

TEST(Unsealing, IsForAKeyInItsPeriodOnly) {
    Restarted scene;
    const auto text = [](svr::WallTime time) {
        return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(static_cast<std::time_t>(time.time_since_epoch().count())));
    };
    const auto now = scene.device.wallClock().now();
    auto limited = psk(kPairwise, keyOf(kPairwise));
    limited.emplace_back("period", fmt::format("{}/{}", text(now + 1h), text(now + 2h)));
    auto& owner = scene.owner();
    ASSERT_EQ(owner->del(kCred, {"subjectuuid=" + kPairwise.text()}).code, "2.02");
    ASSERT_EQ(owner->post(kCred, cbor::Map{{"creds", cbor::Array{limited}}}).code, "2.04");
    const auto connect = [&]() -> SimSession& { return scene.tool.connectPsk(kPairwise, keyOf(kPairwise)); };
    EXPECT_TRUE(connect().closed()) << "too early";
    scene.device.wallClock().off = 90min;
    auto& within = connect();
    ASSERT_TRUE(within.established());
    EXPECT_NE(within->get(kDev).code, "-");
    scene.device.wallClock().off = 3h;
    EXPECT_EQ(within->get(kDev).code, "-") << "its key holds no longer";
    EXPECT_TRUE(within.closed());
    EXPECT_TRUE(connect().closed()) << "too late";
    EXPECT_TRUE(scene.owner().established()) << "the owner's key has no period";
}

TEST(Unsealing, OfAKeyThatIsReplacedMeanwhileOpensNothing) {
    Restarted scene;
    auto& owner = scene.owner();
    scene.device.vault().holding = true;
    auto& slow = scene.tool.beginHandshake(pskClient(kPairwise.raw(), keyOf(kPairwise)));
    scene.network.settle();
    ASSERT_EQ(scene.device.held(), 1U);
    const cbor::Value replaced = cbor::Map{{"creds", cbor::Array{psk(kPairwise, Bytes(16, 0x77))}}};
    owner->begin(Method::post, kCred, {}, &replaced);
    scene.network.settle();
    ASSERT_EQ(scene.device.held(), 2U);
    EXPECT_TRUE(scene.device.releaseLast()); // the new credential is durable before the old key is there
    scene.device.release();
    scene.network.advance(1s);
    EXPECT_TRUE(slow.closed() || !slow.established()) << "the old key was taken back while the handshake ran";
}

TEST(Unsealing, MayTakeLongWithoutHoldingUpOthers) {
    Restarted scene;
    EXPECT_TRUE(scene.as(kCms).established()); // cached
    scene.device.vault().holding = true;
    auto& slow = scene.tool.beginHandshake(pskClient(kPairwise.raw(), keyOf(kPairwise)));
    scene.network.settle();
    EXPECT_EQ(scene.device.held(), 1U);
    EXPECT_FALSE(slow.established());
    EXPECT_TRUE(scene.as(kCms).established());
    scene.network.advance(5s); // the client repeats itself meanwhile
    EXPECT_EQ(scene.device.held(), 1U) << "asked once";
    scene.device.release();
    EXPECT_TRUE(scene.network.until([&] { return slow.established(); }, 10s));
}

TEST(Unsealing, IsAskedOnceForAllWhoWaitForTheSameKey) {
    Restarted scene;
    scene.device.vault().holding = true;
    auto& first = scene.tool.beginHandshake(pskClient(kPairwise.raw(), keyOf(kPairwise)));
    auto& gone = scene.tool.beginHandshake(pskClient(kPairwise.raw(), keyOf(kPairwise)));
    auto& last = scene.tool.beginHandshake(pskClient(kPairwise.raw(), keyOf(kPairwise)));
    scene.network.settle();
    gone.vanish();
    EXPECT_EQ(scene.device.held(), 1U);
    scene.device.release();
    EXPECT_TRUE(scene.network.until([&] { return first.established() && last.established(); }, 10s));
    EXPECT_EQ(scene.unseals(), 1U);
}

TEST(Unsealing, ThatFailsRefusesThePeerAndSaysWhy) {
    Restarted scene;
    scene.device.vault().failing = kTpmGone;
    EXPECT_TRUE(scene.tool.connectPsk(kPairwise, keyOf(kPairwise)).closed());
    ASSERT_GE(scene.device.count(ocf::Event::Kind::handshakeFailed), 1U);
    bool told = false;
    for (const auto& event : scene.device.events)
        told = told || event.reason == Reason::tpmUnavailable;
    EXPECT_TRUE(told);
    scene.device.vault().failing.reset();
    EXPECT_TRUE(scene.as(kPairwise).established());
}

TEST(Unsealing, WhosePeerIsGoneHarmsNobody) {
    Restarted scene;
    scene.device.vault().holding = true;
    auto& gone = scene.tool.beginHandshake(pskClient(kPairwise.raw(), keyOf(kPairwise)));
    scene.network.settle();
    gone.vanish();
    scene.network.advance(2min);
    EXPECT_EQ(scene.device.device().associations(), 0U);
    scene.device.release();
    scene.network.settle();
    EXPECT_EQ(scene.device.device().associations(), 0U);
    EXPECT_TRUE(scene.as(kPairwise).established());
}

TEST(Unsealing, OfACredentialDeletedMeanwhileMakesNoSession) {
    Restarted scene;
    auto& owner = scene.owner();
    scene.device.vault().holding = true;
    auto& slow = scene.tool.beginHandshake(pskClient(kPairwise.raw(), keyOf(kPairwise)));
    scene.network.settle();
    ASSERT_EQ(scene.device.held(), 1U);
    const auto del = owner->begin(Method::del, kCred, {"subjectuuid=" + kPairwise.text()});
    scene.network.settle();
    ASSERT_EQ(scene.device.held(), 2U);
    // The worker takes a commit before an unseal; here it is the other way round and the key arrives last.
    scene.device.vault().holding = false;
    scene.device.releaseLast();
    scene.network.settle();
    EXPECT_EQ(owner->reply(del).value_or(Reply{}).code, "2.02");
    scene.device.release();
    scene.network.until([&] { return slow.closed(); }, 10s);
    EXPECT_TRUE(slow.closed());
    EXPECT_EQ(scene.device.device().sessions(), 1U) << "the owner's";
}

} // namespace ocfsecd::test
