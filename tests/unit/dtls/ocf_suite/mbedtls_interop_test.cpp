// Our engine with Mbed TLS 2.28, both directions, with and without extended master secret, under loss.

#include "../mbedtls_peer.h"
#include "pair.h"

#include <gtest/gtest.h>

namespace ocfsecd::dtls::ocf_suite::test {

namespace {

using dtls::test::MbedPeer;

class WithMbedTls : public ::testing::TestWithParam<bool> {
protected:
    void client(Bytes key = kKey, std::uint16_t mtu = 0) {
        Output out;
        auto peer = std::make_unique<MbedPeer>(
            MbedPeer::Setup{
                .identity = kIdentity, .key = std::move(key), .mtu = mtu, .extendedMasterSecret = GetParam()},
            pair.now, out);
        ASSERT_EQ(peer->problem(), 0);
        pair.client.session = std::move(peer);
        pair.send(true, out);
    }
    void server() {
        Output out;
        auto peer = std::make_unique<MbedPeer>(
            MbedPeer::Setup{.identity = kIdentity, .key = kKey, .server = true, .extendedMasterSecret = GetParam()},
            pair.now, out);
        ASSERT_EQ(peer->problem(), 0);
        pair.server.session = std::move(peer);
    }
    void expectTraffic() {
        ASSERT_TRUE(pair.established()) << static_cast<int>(pair.server.session->phase()) << ' '
                                        << static_cast<int>(pair.client.session->phase());
        pair.clientSend("question");
        pair.serverSend("answer");
        ASSERT_FALSE(pair.server.messages.empty() || pair.client.messages.empty());
        EXPECT_EQ(textOf(pair.server.messages.back()), "question");
        EXPECT_EQ(textOf(pair.client.messages.back()), "answer");
    }
    Pair pair;
};

INSTANTIATE_TEST_SUITE_P(Interop, WithMbedTls, ::testing::Values(true, false),
                         [](const auto& test) { return test.param ? "ExtendedMasterSecret" : "PlainMasterSecret"; });

} // namespace

TEST_P(WithMbedTls, OurServerServesItsClient) {
    pair.startServer(serverOf(kPsk));
    client();
    pair.run();
    expectTraffic();
    EXPECT_TRUE(equal(pair.server.session->identity(), kIdentity));
}

// It wants a cookie, and its ServerHello is number 1 or 2 accordingly.
TEST_P(WithMbedTls, OurClientTalksToItsServerWithCookies) {
    server();
    pair.startClient(clientOf(kPsk));
    pair.run();
    expectTraffic();
    EXPECT_EQ(pair.fromClient.size(), 4u) << "hello, hello with cookie, last flight, question";
}

TEST_P(WithMbedTls, FragmentsAreUnderstoodBothWays) {
    pair.startServer(serverOf(kPsk));
    client(kKey, 100);
    pair.run();
    expectTraffic();
    EXPECT_GT(pair.fromClient.size(), 3u);
}

TEST_P(WithMbedTls, EverySingleLossIsMadeGood) {
    for (const bool ours : {true, false}) // our server or our client
        for (std::size_t lost = 0; lost < 6; ++lost) {
            SCOPED_TRACE(lost);
            pair = Pair{};
            std::size_t count = 0;
            pair.wire = [&](bool, const Bytes& octets) {
                return count++ == lost ? std::vector<Bytes>{} : std::vector<Bytes>{octets};
            };
            if (ours) {
                pair.startServer(serverOf(kPsk));
                client();
            } else {
                server();
                pair.startClient(clientOf(kPsk));
            }
            pair.run();
            pair.advance(5s);
            pair.wire = [](bool, const Bytes& octets) { return std::vector<Bytes>{octets}; };
            expectTraffic();
        }
}

TEST_P(WithMbedTls, ItsClientWithAWrongKeyIsTold) {
    pair.startServer(serverOf(kPsk));
    client(Bytes(16, 9));
    pair.run();
    EXPECT_EQ(pair.server.session->closeReason().alert, alert::badRecordMac);
    EXPECT_EQ(pair.client.session->closeReason().cause, Close::Cause::peerAlert);
}

TEST_P(WithMbedTls, GoodByesAreUnderstoodBothWays) {
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
