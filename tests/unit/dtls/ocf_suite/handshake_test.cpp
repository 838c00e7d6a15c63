// Our client with our server: every suite under loss, repetition, disorder and fragmentation, all on a fake clock.

#include "pair.h"

#include <gtest/gtest.h>

namespace ocfsecd::dtls::ocf_suite::test {

namespace {

class OwnPair : public ::testing::TestWithParam<Suite> {};

INSTANTIATE_TEST_SUITE_P(Suites, OwnPair, ::testing::Values(kAnon, kPsk),
                         [](const auto& test) { return test.param == kAnon ? "Anon" : "Psk"; });

void expectSameKeys(const Pair& pair) {
    ASSERT_TRUE(pair.established());
    const auto ofServer = pair.server.session->keyBlock();
    const auto ofClient = pair.client.session->keyBlock();
    ASSERT_TRUE(ofServer && ofClient);
    EXPECT_EQ(ofServer->size(), 96u);
    EXPECT_TRUE(ofServer->equals(ofClient->view()));
}

void expectTraffic(Pair& pair) {
    const auto before = std::pair{pair.server.messages.size(), pair.client.messages.size()};
    pair.wire = [](bool, const Bytes& octets) { return std::vector<Bytes>{octets}; };
    pair.clientSend("request");
    pair.serverSend("response");
    ASSERT_EQ(pair.server.messages.size(), before.first + 1);
    ASSERT_EQ(pair.client.messages.size(), before.second + 1);
    EXPECT_EQ(textOf(pair.server.messages.back()), "request");
    EXPECT_EQ(textOf(pair.client.messages.back()), "response");
}

} // namespace

TEST_P(OwnPair, EstablishesAndCarriesDataBothWays) {
    Pair pair;
    pair.connect(GetParam());
    expectSameKeys(pair);
    EXPECT_EQ(pair.server.session->suite(), GetParam());
    EXPECT_EQ(pair.client.session->suite(), GetParam());
    expectTraffic(pair);
}

TEST_P(OwnPair, WorksWithoutExtendedMasterSecret) {
    Pair pair;
    pair.startServer(serverOf(GetParam()));
    EngineOptions options;
    options.offerExtendedMasterSecret = false;
    pair.startClient(clientOf(GetParam()), options);
    pair.run();
    expectSameKeys(pair);
    expectTraffic(pair);
}

// A stateless server's HelloVerifyRequest in between; its counters go on where the cookie exchange left off.
TEST_P(OwnPair, TakesACookieAndBeginsTheTranscriptAnew) {
    Pair pair;
    pair.startClient(clientOf(GetParam()));
    const auto hello = pair.queue.front().second;
    pair.queue.clear();
    const auto request = hex("16fefd00000000000000000017"
                             "0300000b000000000000000b"
                             "fefd08"
                             "a1a2a3a4a5a6a7a8");
    pair.deliver(false, request);
    ASSERT_EQ(pair.queue.size(), 1u);
    EXPECT_GT(pair.queue.front().second.size(), hello.size());
    pair.deliver(false, request); // a late copy does not start a third hello
    EXPECT_EQ(pair.queue.size(), 1u);
    auto parameters = serverOf(GetParam());
    parameters.prestate = {1, 1, 1};
    pair.startServer(std::move(parameters));
    pair.run();
    expectSameKeys(pair);
    EXPECT_EQ(Reader{ByteView{pair.fromServer[0]}.subspan(5, 6)}.u48(), 1u) << "record number of the ServerHello";
}

TEST_P(OwnPair, AServersNumbersMayBeginAnywhereNear) {
    Pair pair;
    auto parameters = serverOf(GetParam());
    parameters.prestate.messageWrite = 2; // after a second HelloVerifyRequest
    pair.startServer(std::move(parameters));
    pair.startClient(clientOf(GetParam()));
    pair.run();
    expectSameKeys(pair);
}

TEST_P(OwnPair, FragmentsComeTogetherWhateverTheirSize) {
    for (std::size_t mtu : {54u, 64u, 77u, 100u, 150u, 300u}) {
        SCOPED_TRACE(mtu);
        Pair pair;
        EngineOptions options;
        options.maxDatagram = mtu;
        pair.connect(GetParam(), options);
        expectSameKeys(pair);
        EXPECT_GT(pair.fromServer.size() + pair.fromClient.size(), 3u);
        expectTraffic(pair);
    }
}

TEST_P(OwnPair, EverySingleLossIsMadeGood) {
    for (std::size_t lost = 0; lost < 4; ++lost) {
        SCOPED_TRACE(lost);
        Pair pair;
        std::size_t count = 0;
        pair.wire = [&](bool, const Bytes& octets) {
            return count++ == lost ? std::vector<Bytes>{} : std::vector<Bytes>{octets};
        };
        pair.connect(GetParam());
        pair.advance(2s);
        expectSameKeys(pair);
        expectTraffic(pair);
    }
}

TEST_P(OwnPair, EverythingTwiceIsHarmless) {
    Pair pair;
    pair.wire = [](bool, const Bytes& octets) { return std::vector<Bytes>{octets, octets}; };
    pair.connect(GetParam());
    expectSameKeys(pair);
    EXPECT_LE(pair.fromServer.size() + pair.fromClient.size(), 4u) << "copies do not make more of it";
    pair.clientSend("once");
    EXPECT_EQ(pair.server.messages.size(), 1u) << "a replay is dropped";
}

TEST_P(OwnPair, ReversedFlightsAreSorted) {
    Pair pair;
    EngineOptions options;
    options.maxDatagram = 60;
    pair.pick = [](std::size_t size) { return size - 1; };
    pair.connect(GetParam(), options);
    pair.advance(20s);
    expectSameKeys(pair);
    expectTraffic(pair);
}

// Half of everything lost, copied and shuffled, in pieces: three hundred different bad days.
TEST_P(OwnPair, GetsThroughAnyWeather) {
    std::size_t established = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        Pair pair{seed};
        SeededRandom weather{seed + 1000};
        pair.wire = [&](bool, const Bytes& octets) {
            switch (weather.below(5)) {
            case 0:
            case 1:
                return std::vector<Bytes>{};
            case 2:
                return std::vector<Bytes>{octets, octets};
            default:
                return std::vector<Bytes>{octets};
            }
        };
        pair.pick = [&](std::size_t size) { return weather.below(static_cast<std::uint32_t>(size)); };
        EngineOptions options;
        options.maxDatagram = std::array{60u, 90u, 200u, 1232u}[seed % 4];
        Timers timers;
        timers.handshakeTotal = 600s;
        timers.retransmitMax = 4s;
        pair.startServer(serverOf(GetParam(), timers), options);
        pair.startClient(clientOf(GetParam(), kKey, timers), options);
        pair.run();
        pair.advance(599s);
        if (pair.established()) {
            ++established;
            expectSameKeys(pair);
            expectTraffic(pair);
        }
        EXPECT_LT(pair.fromServer.size() + pair.fromClient.size(), 10000u) << "no storm";
    }
    EXPECT_EQ(established, 300u);
}

// RFC 6347 section 4.2.4: the server's last flight is repeated when the client repeats its own.
TEST_P(OwnPair, LostFinalFlightIsSentAgain) {
    Pair pair;
    std::size_t toClient = 0;
    pair.wire = [&](bool toServer, const Bytes& octets) {
        return !toServer && ++toClient == 2 ? std::vector<Bytes>{} : std::vector<Bytes>{octets};
    };
    pair.connect(GetParam());
    EXPECT_EQ(pair.server.session->phase(), Phase::established);
    EXPECT_EQ(pair.client.session->phase(), Phase::handshaking);
    pair.advance(1s);
    expectSameKeys(pair);
    expectTraffic(pair);
}

TEST_P(OwnPair, FinalFlightIsForgottenOnceTheClientSpeaks) {
    Pair pair;
    pair.connect(GetParam());
    EXPECT_TRUE(pair.server.session->deadline());
    pair.clientSend("I am here");
    EXPECT_FALSE(pair.server.session->deadline());
}

TEST_P(OwnPair, FinalFlightIsForgottenAfterAWhile) {
    Pair pair;
    pair.connect(GetParam());
    EXPECT_FALSE(pair.client.session->deadline());
    pair.advance(60s);
    EXPECT_FALSE(pair.server.session->deadline());
    expectTraffic(pair);
}

TEST_P(OwnPair, SilenceEndsInATimeOut) {
    Pair pair;
    pair.wire = [](bool toServer, const Bytes& octets) {
        return toServer ? std::vector<Bytes>{octets} : std::vector<Bytes>{};
    };
    pair.connect(GetParam());
    const auto begun = pair.now;
    pair.advance(59999ms);
    EXPECT_EQ(pair.client.session->phase(), Phase::handshaking);
    // 0, 1, 3, 7, 15, 31, 51 s (facts 1.7)
    EXPECT_EQ(pair.fromClient.size(), 7u);
    pair.advance(1ms);
    EXPECT_EQ(pair.now - begun, 60s);
    for (const auto* side : {&pair.server, &pair.client}) {
        ASSERT_EQ(side->session->phase(), Phase::closed);
        EXPECT_EQ(side->session->closeReason().cause, Close::Cause::timedOut);
        EXPECT_EQ(side->session->closeReason().failure.reason, Reason::timedOut);
        EXPECT_FALSE(side->session->deadline());
    }
}

TEST(PskPair, ServerNamesTheIdentityAndWaits) {
    Pair pair;
    pair.answerKey = false;
    pair.connect(kPsk);
    ASSERT_EQ(pair.server.session->phase(), Phase::waitingForKey);
    EXPECT_TRUE(equal(pair.server.session->identity(), kIdentity)) << "zero octets and all";
    const auto before = pair.fromServer.size();
    pair.advance(30s); // the client repeats itself; nothing to say before the key is there
    EXPECT_EQ(pair.server.session->phase(), Phase::waitingForKey);
    EXPECT_EQ(pair.fromServer.size(), before);
    pair.provideKey(shareSecret(kKey));
    EXPECT_EQ(pair.server.session->phase(), Phase::established) << "by what was held";
    pair.run();
    expectSameKeys(pair);
    EXPECT_TRUE(equal(pair.client.session->hint(), kHint));
    expectTraffic(pair);
}

TEST(PskPair, WaitingForAKeyEndsInATimeOutToo) {
    Pair pair;
    pair.answerKey = false;
    pair.connect(kPsk);
    pair.advance(60s);
    EXPECT_EQ(pair.server.session->phase(), Phase::closed);
    pair.provideKey(shareSecret(kKey)); // too late, and harmless
    EXPECT_EQ(pair.server.session->phase(), Phase::closed);
}

TEST(PskPair, ClientChoosesTheKeyByTheRawHint) {
    Pair pair;
    Bytes seen;
    auto parameters = clientOf(kPsk);
    parameters.chooseKey = [&](ByteView hint) {
        seen = copyOf(hint);
        return std::optional{ClientKey{kIdentity, shareSecret(kKey)}};
    };
    pair.startServer(serverOf(kPsk));
    pair.startClient(std::move(parameters));
    pair.run();
    EXPECT_EQ(seen, kHint);
    EXPECT_TRUE(pair.established());
}

TEST(PskPair, IdentityAndHintOfEveryLengthArrive) {
    for (std::size_t size : {0u, 1u, 16u, 33u, 127u, 128u}) {
        SCOPED_TRACE(size);
        Pair pair;
        const Bytes name(size);
        auto server = serverOf(kPsk);
        server.pskHint = name;
        auto client = clientOf(kPsk);
        client.chooseKey = [&](ByteView) { return std::optional{ClientKey{name, shareSecret(kKey)}}; };
        pair.startServer(std::move(server));
        pair.startClient(std::move(client));
        pair.run();
        ASSERT_TRUE(pair.established());
        EXPECT_TRUE(equal(pair.server.session->identity(), name));
        EXPECT_TRUE(equal(pair.client.session->hint(), name));
    }
}

TEST(OwnServer, ChoosesByItsOwnPreference) {
    Pair pair;
    auto parameters = serverOf(kPsk);
    parameters.suites = {kAnon, kPsk};
    pair.startServer(std::move(parameters));
    pair.startClient(clientOf(kPsk));
    pair.run();
    EXPECT_TRUE(pair.established());
    EXPECT_EQ(pair.server.session->suite(), kPsk);
}

} // namespace ocfsecd::dtls::ocf_suite::test
