// Our engine with GnuTLS, both directions, with and without extended master secret.

#include "gnutls_peer.h"
#include "pair.h"

#include <gtest/gtest.h>

namespace ocfsecd::dtls::ocf_suite::test {

namespace {

class WithGnutls : public ::testing::TestWithParam<bool> {
protected:
    GnutlsPeer& client(Bytes key = kKey) {
        Output out;
        auto peer =
            std::make_unique<GnutlsPeer>(GnutlsPeer::Setup{false, GetParam(), kIdentity, std::move(key), {}}, out);
        auto& reference = *peer;
        pair.client.session = std::move(peer);
        pair.send(true, out);
        return reference;
    }
    GnutlsPeer& server(Bytes key = kKey) {
        Output out;
        auto peer = std::make_unique<GnutlsPeer>(
            GnutlsPeer::Setup{true, GetParam(), {}, std::move(key), "sixteen octets.."}, out);
        auto& reference = *peer;
        pair.server.session = std::move(peer);
        return reference;
    }
    void expectSameKeysAndTraffic(const GnutlsPeer& peer) {
        ASSERT_TRUE(pair.established()) << peer.closeReason().failure.what;
        EXPECT_EQ(peer.usedExtendedMasterSecret(), GetParam());
        EXPECT_TRUE(pair.server.session->keyBlock()->equals(pair.client.session->keyBlock()->view()));
        for (std::size_t size : {1u, 15u, 16u, 17u, 1000u, 16000u}) {
            const Bytes text(size, 'x');
            pair.clientSend(textOf(text));
            pair.serverSend(textOf(text));
            ASSERT_FALSE(pair.server.messages.empty() || pair.client.messages.empty()) << size;
            EXPECT_EQ(pair.server.messages.back(), text);
            EXPECT_EQ(pair.client.messages.back(), text);
        }
        EXPECT_EQ(pair.server.messages.size(), 6u);
    }
    Pair pair;
};

INSTANTIATE_TEST_SUITE_P(Interop, WithGnutls, ::testing::Values(true, false),
                         [](const auto& test) { return test.param ? "ExtendedMasterSecret" : "PlainMasterSecret"; });

} // namespace

TEST_P(WithGnutls, OurServerServesItsClient) {
    pair.startServer(serverOf(kPsk)); // a hint with zero octets
    const auto& peer = client();
    pair.run();
    EXPECT_TRUE(equal(pair.server.session->identity(), kIdentity));
    expectSameKeysAndTraffic(peer);
}

TEST_P(WithGnutls, OurClientTalksToItsServer) {
    const auto& peer = server();
    pair.startClient(clientOf(kPsk));
    pair.run();
    EXPECT_EQ(textOf(pair.client.session->hint()), "sixteen octets..");
    EXPECT_TRUE(equal(peer.identity(), kIdentity));
    expectSameKeysAndTraffic(peer);
}

TEST_P(WithGnutls, FragmentsFromUsAreUnderstood) {
    const auto& peer = server();
    EngineOptions options;
    options.maxDatagram = 70;
    pair.startClient(clientOf(kPsk), options);
    pair.run();
    expectSameKeysAndTraffic(peer);
}

TEST_P(WithGnutls, ItsClientWithAWrongKeyIsTold) {
    pair.startServer(serverOf(kPsk));
    const auto& peer = client(Bytes(16, 9));
    pair.run();
    EXPECT_EQ(pair.server.session->closeReason().alert, alert::badRecordMac);
    EXPECT_EQ(peer.closeReason().cause, Close::Cause::peerAlert);
    EXPECT_EQ(peer.closeReason().alert, alert::badRecordMac);
}

TEST_P(WithGnutls, ItsClientUnknownIsTold) {
    pair.answerKey = false;
    pair.startServer(serverOf(kPsk));
    const auto& peer = client();
    pair.run();
    pair.provideKey(nullptr);
    pair.run();
    EXPECT_EQ(peer.closeReason().alert, alert::unknownPskIdentity);
}

TEST_P(WithGnutls, GoodByesAreUnderstoodBothWays) {
    for (const bool byServer : {true, false}) {
        pair = Pair{};
        pair.startServer(serverOf(kPsk));
        client();
        pair.run();
        ASSERT_TRUE(pair.established());
        Output out;
        (byServer ? pair.server : pair.client).session->close(pair.now, out);
        pair.send(!byServer, out);
        pair.run();
        EXPECT_EQ((byServer ? pair.client : pair.server).session->closeReason().cause, Close::Cause::peerCloseNotify);
    }
}

} // namespace ocfsecd::dtls::ocf_suite::test
