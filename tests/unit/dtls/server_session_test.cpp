#include "dtls/server_session.h"

#include "engines.h"

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;
using Kind = ListenerEvent::Kind;

namespace {
const Address kPeer = address(1000);

ClientParameters justWorks() {
    return {Suite::ecdhAnonAes128CbcSha256, {}, {}};
}
} // namespace

TEST(ServerSession, UsesTheOwnEngineOnlyForWhatGnutlsCannotDo) {
    EXPECT_TRUE(runsOnOwnEngine(Suite::ecdhAnonAes128CbcSha256, {}));
    EXPECT_TRUE(runsOnOwnEngine(Suite::ecdhePskAes128CbcSha256, hex("001122")));
    EXPECT_TRUE(runsOnOwnEngine(Suite::ecdhePskAes128CbcSha256, hex("110022")));
    EXPECT_TRUE(runsOnOwnEngine(Suite::ecdhePskAes128CbcSha256, hex("112200")));
    EXPECT_FALSE(runsOnOwnEngine(Suite::ecdhePskAes128CbcSha256, hex("112233")));
    EXPECT_FALSE(runsOnOwnEngine(Suite::ecdhePskAes128CbcSha256, {}));
    EXPECT_FALSE(runsOnOwnEngine(Suite::ecdheEcdsaAes128Ccm8, hex("001122")));
}

TEST(ServerSession, JustWorksNeedsNoKeyAndGivesTheSameKeyBlockToBoth) {
    World world;
    world.gate.admission = {true, {Suite::ecdhAnonAes128CbcSha256}, {}, {}};
    auto& client = world.connect(kPeer, justWorks());
    ASSERT_EQ(client.session->phase(), Phase::established) << client.session->closeReason().failure.what;
    EXPECT_EQ(client.session->suite(), Suite::ecdhAnonAes128CbcSha256);
    EXPECT_EQ(world.count(Kind::keyWanted), 0U);
    const auto events = world.of(Kind::established);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].suite, Suite::ecdhAnonAes128CbcSha256);
    EXPECT_TRUE(events[0].identity.empty());
    const auto ours = world.listener.keyBlock(events[0].session);
    ASSERT_TRUE(ours);
    EXPECT_EQ(ours->size(), keyBlockSize(Suite::ecdhAnonAes128CbcSha256));
    EXPECT_TRUE(ours->equals(client.session->keyBlock()->view()));
    world.clientSend(kPeer, "onboard me");
    EXPECT_EQ(textOf(world.of(Kind::message).at(0).message), "onboard me");
}

TEST(ServerSession, SuitesNotAllowedAreNotNegotiable) {
    World world; // admits 0xC037 only
    auto& client = world.connect(kPeer, justWorks());
    EXPECT_EQ(client.session->closeReason().alert, alert::handshakeFailure);
    EXPECT_EQ(world.count(Kind::refused), 1U);
    world.gate.admission.suites = {Suite::ecdhAnonAes128CbcSha256};
    EXPECT_EQ(world.connect(kPeer, pskClient()).session->closeReason().alert, alert::handshakeFailure);
    EXPECT_EQ(world.count(Kind::refused), 2U);
    EXPECT_EQ(world.listener.handshakes(), 0U);
}

// A session that began with one list keeps it: the answer of the gate belongs to the connection.
TEST(ServerSession, LaterAdmissionsDoNotTouchRunningHandshakes) {
    World world;
    world.answerKeys = false;
    auto& client = world.connect(kPeer, pskClient());
    world.gate.admission = {};
    world.answerKey(world.of(Kind::keyWanted).at(0).session, shareSecret(kKey));
    EXPECT_EQ(client.session->phase(), Phase::established);
}
