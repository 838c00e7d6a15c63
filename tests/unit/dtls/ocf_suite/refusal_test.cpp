// What is refused, with which alert, and how a session ends.

#include "recorded.h"

#include <gtest/gtest.h>

namespace ocfsecd::dtls::ocf_suite::test {

namespace {

/// A plaintext record with one whole message.
Bytes handshakeRecord(MessageType type, std::uint16_t message, ByteView body, std::uint64_t record = 40) {
    SeededRandom random{1};
    return RecordLayer{random, record}.write(ContentType::handshake, 0, wrapMessage(type, message, body));
}

Bytes plainRecord(ContentType type, ByteView content) {
    SeededRandom random{1};
    return RecordLayer{random, 50}.write(type, 0, content);
}

Bytes fatalAlert(std::uint8_t description) {
    return plainRecord(ContentType::alert, Bytes{2, description});
}

std::optional<std::uint8_t> plainAlertIn(const Output& out) {
    for (const auto& datagram : out.datagrams)
        for (const auto& record : recordsOf(datagram))
            if (record.type == ContentType::alert && record.epoch == 0 && record.fragment.size() == 2 &&
                record.fragment[0] == 2)
                return record.fragment[1];
    return std::nullopt;
}

Bytes::iterator find(Bytes& in, const Bytes& what) {
    return std::search(in.begin(), in.end(), what.begin(), what.end());
}

void expectRefused(const Session& session, std::uint8_t alert, Reason reason = Reason::handshakeFailed) {
    ASSERT_EQ(session.phase(), Phase::closed);
    EXPECT_EQ(session.closeReason().cause, Close::Cause::handshakeFailed);
    EXPECT_EQ(session.closeReason().alert, alert);
    EXPECT_EQ(session.closeReason().failure.reason, reason);
    EXPECT_FALSE(session.closeReason().failure.what.empty());
}

class ServerAlone : public ::testing::Test {
protected:
    explicit ServerAlone(Suite suite = kAnon) : server{makeServer(serverOf(suite), random, now)} {}

    std::optional<std::uint8_t> alertFor(ByteView hello) {
        Output out;
        server->feed(handshakeRecord(MessageType::clientHello, 0, hello), now, out);
        return plainAlertIn(out);
    }
    Bytes hello(Suite suite = kAnon) { return serialiseClientHello({}, {}, suite, true); }

    TimePoint now{std::chrono::hours{1}};
    SeededRandom random{1};
    std::unique_ptr<Session> server;
};

struct ClientKeyExchangeCase {
    Suite suite;
    Bytes body;
    std::uint8_t alert;
};

} // namespace

class Conformance : public ServerAlone {};

TEST_F(Conformance, DT_01_dtls12_only) {
    auto old = hello();
    old[1] = 0xff; // DTLS 1.0
    EXPECT_EQ(alertFor(old), alert::protocolVersion);
    expectRefused(*server, alert::protocolVersion);

    server = makeServer(serverOf(kAnon), random, now);
    auto tls = hello();
    tls[0] = 0x03;
    tls[1] = 0x03;
    EXPECT_EQ(alertFor(tls), alert::protocolVersion);

    // DTLS 1.3 says 1.2 here and offers suites that only 1.3 has.
    server = makeServer(serverOf(kAnon), random, now);
    EXPECT_EQ(alertFor(hello(static_cast<Suite>(0x1301))), alert::handshakeFailure);
}

TEST_F(ServerAlone, NoCommonSuite) {
    EXPECT_EQ(alertFor(hello(kPsk)), alert::handshakeFailure);
    expectRefused(*server, alert::handshakeFailure);
}

TEST_F(ServerAlone, ClientWithoutP256) {
    auto body = hello();
    const auto groups = hex("000a000400020017");
    const auto at = find(body, groups);
    ASSERT_NE(at, body.end());
    at[7] = 24;
    EXPECT_EQ(alertFor(body), alert::handshakeFailure);
}

TEST_F(ServerAlone, ClientThatInsistsOnCompression) {
    auto body = hello();
    const auto at = find(body, hex("00ff0100"));
    ASSERT_NE(at, body.end());
    at[3] = 1;
    EXPECT_EQ(alertFor(body), alert::illegalParameter);
}

TEST_F(ServerAlone, ClientThatRefusesUncompressedPoints) {
    auto body = hello();
    const auto at = find(body, hex("000b00020100"));
    ASSERT_NE(at, body.end());
    at[5] = 1;
    EXPECT_EQ(alertFor(body), alert::illegalParameter);
}

TEST_F(ServerAlone, MalformedHello) {
    EXPECT_EQ(alertFor(ByteView{hello()}.first(50)), alert::decodeError);
}

TEST_F(ServerAlone, AnyOtherMessageFirst) {
    Output out;
    server->feed(handshakeRecord(MessageType::clientKeyExchange, 0, Bytes(66)), now, out);
    EXPECT_EQ(plainAlertIn(out), alert::unexpectedMessage);
}

TEST_F(ServerAlone, AMessageThatAnnouncesMegabytes) {
    Output out;
    auto record = handshakeRecord(MessageType::clientHello, 0, hello());
    record[kRecordHeader + 1] = 0xff;
    server->feed(record, now, out);
    EXPECT_EQ(plainAlertIn(out), alert::decodeError);
}

TEST(ServerRefusals, BadKeyExchanges) {
    const auto good = bodyOf(kGoodRecordings[0], MessageType::clientKeyExchange);
    auto offCurve = good;
    offCurve.back() ^= 1;
    const auto compressed = Writer{}.u8(33).u8(2).bytes(ByteView{good}.subspan(2, 32)).take();
    const auto withIdentity = [&](std::size_t size, ByteView rest) {
        return Writer{}.u16(size).bytes(Bytes(size, 'x')).bytes(rest).take();
    };
    const ClientKeyExchangeCase cases[] = {
        {kAnon, offCurve, alert::illegalParameter},
        {kAnon, compressed, alert::illegalParameter},
        {kAnon, hex("00"), alert::illegalParameter},
        {kAnon, {}, alert::decodeError},
        {kAnon, Bytes(good.begin(), good.end() - 1), alert::decodeError},
        {kPsk, withIdentity(129, good), alert::unknownPskIdentity},
        {kPsk, withIdentity(16, {}), alert::decodeError},
        {kPsk, hex("ffff00"), alert::decodeError},
    };
    for (const auto& test : cases) {
        SCOPED_TRACE(toHex(test.body));
        Pair pair;
        pair.startServer(serverOf(test.suite));
        pair.startClient(clientOf(test.suite));
        pair.deliver(true, pair.queue.front().second);
        Output out;
        pair.server.session->feed(handshakeRecord(MessageType::clientKeyExchange, 1, test.body), pair.now, out);
        EXPECT_EQ(plainAlertIn(out), test.alert);
        expectRefused(*pair.server.session, test.alert,
                      test.alert == alert::unknownPskIdentity ? Reason::unknownPskIdentity : Reason::handshakeFailed);
    }
}

TEST(ServerRefusals, BadPointWithAnIdentityIsRefusedOnceTheKeyIsThere) {
    auto point = bodyOf(kGoodRecordings[0], MessageType::clientKeyExchange);
    point.back() ^= 1;
    Pair pair;
    pair.startServer(serverOf(kPsk));
    pair.startClient(clientOf(kPsk));
    pair.deliver(true, pair.queue.front().second);
    pair.deliver(true, handshakeRecord(MessageType::clientKeyExchange, 1, Writer{}.u16(0).bytes(point).view()));
    expectRefused(*pair.server.session, alert::illegalParameter);
}

// Facts 4.1 D5b: at once, in the clear, and the client learns it.
TEST(ServerRefusals, WrongKeyGetsAlert20AtOnce) {
    Pair pair;
    pair.startServer(serverOf(kPsk));
    pair.startClient(clientOf(kPsk, hex("ff0102030405060708090a0b0c0d0e0f")));
    pair.run();
    expectRefused(*pair.server.session, alert::badRecordMac);
    EXPECT_EQ(recordsOf(pair.fromServer.back())[0].epoch, 0u);
    ASSERT_EQ(pair.client.session->phase(), Phase::closed);
    EXPECT_EQ(pair.client.session->closeReason().cause, Close::Cause::peerAlert);
    EXPECT_EQ(pair.client.session->closeReason().alert, alert::badRecordMac);
}

TEST(ServerRefusals, UnknownIdentityGetsAlert115) {
    for (const auto& key : {SharedSecret{}, shareSecret({})}) {
        Pair pair;
        pair.answerKey = false;
        pair.connect(kPsk);
        pair.provideKey(key);
        pair.run();
        expectRefused(*pair.server.session, alert::unknownPskIdentity, Reason::unknownPskIdentity);
        EXPECT_EQ(pair.client.session->closeReason().alert, alert::unknownPskIdentity);
    }
}

TEST(ServerRefusals, DataAndAlertsOfAnOlderSessionDoNotEndTheHandshake) {
    Pair old{1}, pair{2};
    old.connect(kAnon);
    pair.startServer(serverOf(kAnon));
    pair.startClient(clientOf(kAnon));
    pair.deliver(true, pair.queue.front().second);
    pair.queue.pop_front();
    pair.deliver(false, pair.queue.front().second);
    pair.queue.pop_front();
    ASSERT_EQ(pair.queue.size(), 1u);
    const auto flight = std::exchange(pair.queue.front().second, {});
    const auto records = recordsOf(flight);
    ASSERT_EQ(records.size(), 3u);
    pair.queue.clear();
    pair.deliver(true, Writer{}.bytes(records[0].whole).bytes(records[1].whole).view());
    Output stray;
    old.client.session->send(viewOf("still here"), old.now, stray);
    old.client.session->close(old.now, stray);
    for (const auto& datagram : stray.datagrams)
        pair.deliver(true, datagram);
    EXPECT_EQ(pair.server.session->phase(), Phase::handshaking);
    pair.deliver(true, records[2].whole);
    EXPECT_EQ(pair.server.session->phase(), Phase::established);
    EXPECT_TRUE(pair.server.messages.empty());
}

// A Finished that can be read but says something else: without a session hash a changed session id leaves the keys
// alone.
TEST(ServerRefusals, WrongVerifyDataGetsAlert51) {
    Pair pair;
    EngineOptions options;
    options.offerExtendedMasterSecret = false;
    pair.wire = [](bool toServer, const Bytes& octets) {
        auto copy = octets;
        if (!toServer && copy.size() > 150)
            copy[kRecordHeader + kHandshakeHeader + 2 + 32 + 1] ^= 1;
        return std::vector<Bytes>{copy};
    };
    pair.startServer(serverOf(kAnon));
    pair.startClient(clientOf(kAnon), options);
    pair.run();
    expectRefused(*pair.server.session, alert::decryptError);
    EXPECT_EQ(pair.client.session->closeReason().alert, alert::decryptError);
}

TEST(ClientRefusals, WrongVerifyDataGetsAlert51) {
    Pair pair;
    pair.wire = [](bool toServer, const Bytes& octets) {
        const bool lastFlight = !toServer && octets[0] == static_cast<std::uint8_t>(ContentType::changeCipherSpec);
        return lastFlight ? std::vector<Bytes>{} : std::vector<Bytes>{octets};
    };
    pair.connect(kAnon);
    ASSERT_EQ(pair.server.session->phase(), Phase::established);
    const auto block = *pair.server.session->keyBlock();
    SeededRandom random{1};
    pair.deliver(false, plainRecord(ContentType::changeCipherSpec, Bytes{1}));
    pair.deliver(false, Protection{block.view(), Role::server}.seal(
                            {ContentType::handshake, 1, 0}, wrapMessage(MessageType::finished, 3, Bytes(12)), random));
    expectRefused(*pair.client.session, alert::decryptError);
    EXPECT_EQ(recordsOf(pair.fromClient.back())[0].epoch, 1u) << "our writing is protected by now";
}

TEST(ClientRefusals, NoKeyForTheHint) {
    Pair pair;
    auto parameters = clientOf(kPsk);
    parameters.chooseKey = [](ByteView) { return std::optional<ClientKey>{}; };
    pair.startServer(serverOf(kPsk));
    pair.startClient(std::move(parameters));
    pair.run();
    expectRefused(*pair.client.session, alert::handshakeFailure, Reason::unknownPskIdentity);
    EXPECT_EQ(pair.server.session->phase(), Phase::closed) << "the server is told";
}

TEST(ClientRefusals, BadServerMessages) {
    ServerHello good;
    good.suite = static_cast<std::uint16_t>(kAnon);
    const auto changed = [&](auto change) {
        auto hello = good;
        change(hello);
        return serialise(hello);
    };
    struct Case {
        Bytes serverHello;
        Bytes keyExchange;
        std::uint8_t alert;
    };
    auto badPoint = bodyOf(kGoodRecordings[0], MessageType::serverKeyExchange);
    const auto point = badPoint;
    badPoint.back() ^= 1;
    auto signedOne = point;
    signedOne.insert(signedOne.end(), {4, 3, 0, 0});
    const Case cases[] = {
        {changed([](ServerHello& hello) { hello.version = 0xfeff; }), {}, alert::protocolVersion},
        {changed([](ServerHello& hello) { hello.suite = static_cast<std::uint16_t>(kPsk); }),
         {},
         alert::illegalParameter},
        {changed([](ServerHello& hello) { hello.compression = 1; }), {}, alert::illegalParameter},
        {Bytes(10), {}, alert::decodeError},
        {serialise(good), badPoint, alert::illegalParameter},
        {serialise(good), signedOne, alert::decodeError},
        {serialise(good), Bytes(3), alert::decodeError},
    };
    for (const auto& test : cases) {
        SCOPED_TRACE(toHex(test.serverHello) + " " + toHex(test.keyExchange));
        Pair pair;
        pair.startClient(clientOf(kAnon));
        Output out;
        auto& client = *pair.client.session;
        client.feed(handshakeRecord(MessageType::serverHello, 0, test.serverHello), pair.now, out);
        client.feed(handshakeRecord(MessageType::serverKeyExchange, 1, test.keyExchange), pair.now, out);
        client.feed(handshakeRecord(MessageType::serverHelloDone, 2, {}), pair.now, out);
        EXPECT_EQ(plainAlertIn(out), test.alert);
        expectRefused(client, test.alert);
    }
}

TEST(ClientRefusals, ExtendedMasterSecretThatWasNotOffered) {
    Pair pair;
    EngineOptions options;
    options.offerExtendedMasterSecret = false;
    pair.startClient(clientOf(kAnon), options);
    ServerHello hello;
    hello.suite = static_cast<std::uint16_t>(kAnon);
    hello.extendedMasterSecret = true;
    Output out;
    pair.client.session->feed(handshakeRecord(MessageType::serverHello, 0, serialise(hello)), pair.now, out);
    EXPECT_EQ(plainAlertIn(out), kUnsupportedExtension);
}

TEST(ClientRefusals, MessagesNobodyAskedFor) {
    Pair pair;
    pair.startClient(clientOf(kAnon));
    ServerHello hello;
    hello.suite = static_cast<std::uint16_t>(kAnon);
    Output out;
    pair.client.session->feed(handshakeRecord(MessageType::serverHello, 0, serialise(hello)), pair.now, out);
    pair.client.session->feed(handshakeRecord(static_cast<MessageType>(11), 1, Bytes(10)), pair.now,
                              out); // Certificate
    EXPECT_EQ(plainAlertIn(out), alert::unexpectedMessage);
}

TEST(ClientRefusals, CookiesWithoutEndAreIgnored) {
    Pair pair;
    pair.startClient(clientOf(kAnon));
    pair.queue.clear();
    for (std::uint8_t i = 0; i < 20; ++i)
        pair.deliver(false, handshakeRecord(MessageType::helloVerifyRequest, 0, Bytes{0xfe, 0xfd, 1, i}));
    EXPECT_EQ(pair.queue.size(), 3u);
    EXPECT_EQ(pair.client.session->phase(), Phase::handshaking);
}

TEST(Alerts, FatalOneEndsTheHandshake) {
    for (const bool atServer : {true, false}) {
        Pair pair;
        pair.startServer(serverOf(kAnon));
        pair.startClient(clientOf(kAnon));
        pair.deliver(true, pair.queue.front().second);
        pair.deliver(atServer, fatalAlert(alert::handshakeFailure));
        auto& session = *(atServer ? pair.server : pair.client).session;
        ASSERT_EQ(session.phase(), Phase::closed);
        EXPECT_EQ(session.closeReason().cause, Close::Cause::peerAlert);
        EXPECT_EQ(session.closeReason().alert, alert::handshakeFailure);
    }
}

TEST(Alerts, WarningsAreIgnored) {
    Pair pair;
    pair.startServer(serverOf(kAnon));
    pair.startClient(clientOf(kAnon));
    pair.deliver(false, plainRecord(ContentType::alert, Bytes{1, alert::userCanceled}));
    pair.run();
    EXPECT_TRUE(pair.established());
}

TEST(Alerts, ClearOnesDoNotTouchAnEstablishedSession) {
    Pair pair;
    pair.connect(kAnon);
    for (const bool toServer : {true, false}) {
        pair.deliver(toServer, fatalAlert(alert::handshakeFailure));
        pair.deliver(toServer, plainRecord(ContentType::alert, Bytes{1, alert::closeNotify}));
        pair.deliver(toServer, plainRecord(ContentType::applicationData, viewOf("forged")));
        pair.deliver(toServer, plainRecord(ContentType::changeCipherSpec, Bytes{1}));
    }
    EXPECT_TRUE(pair.established());
    EXPECT_TRUE(pair.queue.empty());
    EXPECT_TRUE(pair.server.messages.empty() && pair.client.messages.empty());
}

TEST(Closing, EitherSideSaysGoodByeAndTheOtherAnswers) {
    for (const bool byClient : {true, false}) {
        Pair pair;
        pair.connect(kPsk);
        auto& closing = *(byClient ? pair.client : pair.server).session;
        auto& other = *(byClient ? pair.server : pair.client).session;
        Output out;
        closing.close(pair.now, out);
        EXPECT_EQ(out.datagrams.size(), 1u);
        EXPECT_EQ(closing.closeReason().cause, Close::Cause::localClose);
        pair.send(byClient, out);
        pair.run();
        ASSERT_EQ(other.phase(), Phase::closed);
        EXPECT_EQ(other.closeReason().cause, Close::Cause::peerCloseNotify);
        EXPECT_FALSE(other.keyBlock());
        EXPECT_FALSE(other.deadline());
        EXPECT_EQ((byClient ? pair.fromServer : pair.fromClient).back().size(), kRecordHeader + 64) << "answered";
        closing.close(pair.now, out);
        closing.send(viewOf("x"), pair.now, out);
        closing.tick(pair.now, out);
        closing.feed(pair.fromClient.back(), pair.now, out);
        EXPECT_TRUE(out.datagrams.empty()) << "closed is closed";
    }
}

TEST(Closing, UnfinishedHandshakeIsJustDropped) {
    Pair pair;
    pair.startClient(clientOf(kAnon));
    Output out;
    pair.client.session->close(pair.now, out);
    EXPECT_TRUE(out.datagrams.empty());
    EXPECT_EQ(pair.client.session->phase(), Phase::closed);
}

TEST_F(Conformance, DT_05_no_renegotiation_no_tickets) {
    Pair pair;
    pair.connect(kAnon);
    const auto block = *pair.client.session->keyBlock();
    const Protection asClient{block.view(), Role::client}, asServer{block.view(), Role::server};
    pair.deliver(false,
                 asServer.seal({ContentType::handshake, 1, 60}, wrapMessage(MessageType::helloRequest, 5, {}), random));
    const auto hello = serialiseClientHello({}, {}, kAnon, true);
    pair.deliver(
        true, asClient.seal({ContentType::handshake, 1, 60}, wrapMessage(MessageType::clientHello, 3, hello), random));
    pair.deliver(true, handshakeRecord(MessageType::clientHello, 0, hello));
    pair.deliver(false, handshakeRecord(MessageType::helloRequest, 0, {}));
    EXPECT_TRUE(pair.queue.empty()) << "nobody answers";
    EXPECT_TRUE(pair.established());
    pair.clientSend("goes on");
    EXPECT_EQ(pair.server.messages.size(), 1u);
    for (const auto& datagram : pair.fromServer)
        for (const auto& record : recordsOf(datagram))
            if (record.epoch == 0 && record.type == ContentType::handshake) {
                EXPECT_NE(record.fragment[0], 4) << "NewSessionTicket";
            }
}

TEST(Established, LimitsOfAMessage) {
    Pair pair;
    pair.connect(kAnon);
    Output out;
    const Bytes most(kMaxPlaintext, 1), tooMuch(kMaxPlaintext + 1, 1);
    pair.client.session->send(tooMuch, pair.now, out);
    EXPECT_TRUE(out.datagrams.empty());
    pair.client.session->send(most, pair.now, out);
    ASSERT_EQ(out.datagrams.size(), 1u);
    pair.send(true, out);
    pair.run();
    ASSERT_EQ(pair.server.messages.size(), 1u);
    EXPECT_EQ(pair.server.messages[0], most);
}

TEST(Established, SeveralRecordsOfOneDatagramAllArrive) {
    Pair pair;
    pair.connect(kAnon);
    Output out;
    for (auto text : {"one", "two", "three"})
        pair.client.session->send(viewOf(text), pair.now, out);
    Writer joined;
    for (const auto& datagram : out.datagrams)
        joined.bytes(datagram);
    joined.bytes(hex("17fefd0001")); // and something cut off
    pair.deliver(true, joined.view());
    ASSERT_EQ(pair.server.messages.size(), 3u);
    EXPECT_EQ(textOf(pair.server.messages[2]), "three");
}

// A number is never used twice: the session ends with a good-bye in the last one.
TEST(Established, EndsWhenItsRecordNumbersAreUsedUp) {
    Pair pair;
    EngineOptions options;
    options.firstSealedRecord = RecordLayer::kLastSequence - 2; // Finished, one message, good-bye
    pair.startServer(serverOf(kAnon));
    pair.startClient(clientOf(kAnon), options);
    pair.run();
    ASSERT_TRUE(pair.established());
    pair.clientSend("last words");
    ASSERT_TRUE(pair.established());
    ASSERT_EQ(pair.server.messages.size(), 1u);
    pair.clientSend("one too many");
    EXPECT_EQ(pair.server.messages.size(), 1u);
    EXPECT_EQ(pair.client.session->closeReason().cause, Close::Cause::localClose);
    EXPECT_EQ(pair.client.session->closeReason().failure.reason, Reason::limitReached);
    EXPECT_EQ(pair.server.session->closeReason().cause, Close::Cause::peerCloseNotify);
}

TEST(Established, NoKeyBlockBeforeAndAfter) {
    Pair pair;
    pair.startServer(serverOf(kAnon));
    EXPECT_FALSE(pair.server.session->keyBlock());
    EXPECT_EQ(pair.server.session->suite(), Suite::none);
    Output out;
    pair.server.session->send(viewOf("too early"), pair.now, out);
    EXPECT_TRUE(out.datagrams.empty());
}

} // namespace ocfsecd::dtls::ocf_suite::test
