#include "dtls/ocf_suite/messages.h"
#include "recorded.h"

#include <gtest/gtest.h>

namespace ocfsecd::dtls::ocf_suite::test {

namespace {

// Every proper prefix of a good message is refused, and never with a crash.
template <class Parse>
void expectNoPrefix(ByteView body, Parse parse, std::initializer_list<std::size_t> wholeAt = {}) {
    ASSERT_TRUE(parse(body));
    for (std::size_t size = 0; size < body.size(); ++size) {
        const bool whole = std::ranges::find(wholeAt, size) != wholeAt.end();
        EXPECT_EQ(static_cast<bool>(parse(body.first(size))), whole) << size;
    }
    auto longer = copyOf(body);
    longer.push_back(0);
    EXPECT_FALSE(parse(longer)) << "octets left over";
}

Bytes helloWith(ByteView extensions, std::string_view suites = "ff00", std::string_view compression = "0100") {
    const auto suiteList = hex(suites);
    return Writer{}
        .u16(0xfefd)
        .bytes(Bytes(32, 7))
        .u8(0)
        .u8(0)
        .u16(suiteList.size())
        .bytes(suiteList)
        .bytes(hex(compression))
        .u16(extensions.size())
        .bytes(extensions)
        .take();
}

} // namespace

TEST(Messages, RecordedClientHelloIsRead) {
    const auto body = bodyOf(kGoodRecordings[1], MessageType::clientHello, 1);
    const auto hello = parseClientHello(body);
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello.value.version, 0xfefd);
    EXPECT_EQ(toHex(hello.value.random), kReconnectSecrets.clientRandom);
    EXPECT_EQ(hello.value.cookie.size(), 32u);
    EXPECT_EQ(hello.value.suites, (std::vector<std::uint16_t>{0xc037, 0x00ff}));
    EXPECT_TRUE(hello.value.nullCompression);
    EXPECT_TRUE(hello.value.renegotiationInfo);
    EXPECT_TRUE(hello.value.extendedMasterSecret);
    EXPECT_EQ(hello.value.groups, (std::vector<std::uint16_t>{23, 24}));
    EXPECT_EQ(hello.value.pointFormats, Bytes{0});
    // Without extensions it is a whole hello, too (RFC 5246 section 7.4.1.2).
    expectNoPrefix(body, parseClientHello, {body.size() - 40});
}

TEST(Messages, RecordedHelloVerifyRequestIsRead) {
    const auto body = bodyOf(kGoodRecordings[0], MessageType::helloVerifyRequest);
    const auto request = parseHelloVerifyRequest(body);
    ASSERT_TRUE(request);
    EXPECT_EQ(request.value.cookie,
              parseClientHello(bodyOf(kGoodRecordings[0], MessageType::clientHello, 1)).value.cookie);
    expectNoPrefix(body, parseHelloVerifyRequest);
    EXPECT_FALSE(parseHelloVerifyRequest(hex("fefd00"))) << "an empty cookie";
}

TEST(Messages, RecordedServerHelloIsReadAndWrittenToTheSameOctets) {
    for (const auto& recording : kGoodRecordings) {
        const auto body = bodyOf(recording, MessageType::serverHello);
        const auto hello = parseServerHello(body);
        ASSERT_TRUE(hello);
        EXPECT_EQ(toHex(hello.value.random), recording.secrets.serverRandom);
        EXPECT_EQ(hello.value.sessionId.size(), 32u);
        EXPECT_EQ(hello.value.suite, static_cast<std::uint16_t>(recording.suite));
        EXPECT_TRUE(hello.value.renegotiationInfo && hello.value.extendedMasterSecret && hello.value.pointFormats);
        EXPECT_EQ(toHex(serialise(hello.value)), toHex(body));
        expectNoPrefix(body, parseServerHello, {2 + 32 + 33 + 2 + 1});
    }
}

TEST(Messages, RecordedKeyExchangesAreReadAndWrittenToTheSameOctets) {
    for (const auto& recording : kGoodRecordings) {
        const auto suite = recording.suite;
        const auto ofServer = bodyOf(recording, MessageType::serverKeyExchange);
        const auto ofClient = bodyOf(recording, MessageType::clientKeyExchange);
        const auto server = parseServerKeyExchange(ofServer, suite);
        const auto client = parseClientKeyExchange(ofClient, suite);
        ASSERT_TRUE(server && client);
        EXPECT_EQ(server.value.hint.size(), suite == kPsk ? 16u : 0u);
        EXPECT_EQ(client.value.identity.size(), suite == kPsk ? 16u : 0u);
        EXPECT_EQ(toHex(serialise(server.value, suite)), toHex(ofServer));
        EXPECT_EQ(toHex(serialise(client.value, suite)), toHex(ofClient));
        expectNoPrefix(ofServer, [&](ByteView body) { return parseServerKeyExchange(body, suite); });
        expectNoPrefix(ofClient, [&](ByteView body) { return parseClientKeyExchange(body, suite); });
    }
    // The recorded client's UUID begins with a zero octet.
    EXPECT_EQ(
        toHex(parseClientKeyExchange(bodyOf(kGoodRecordings[1], MessageType::clientKeyExchange), kPsk).value.identity),
        "00bcb47c1eb94b894132c2d2181ca984");
}

TEST(Messages, ServerKeyExchangeWantsTheNamedCurveP256) {
    auto body = bodyOf(kGoodRecordings[0], MessageType::serverKeyExchange);
    body[0] = 1; // explicit prime
    EXPECT_EQ(parseServerKeyExchange(body, kAnon).alert, alert::illegalParameter);
    body[0] = 3;
    body[2] = 24; // secp384r1
    EXPECT_EQ(parseServerKeyExchange(body, kAnon).alert, alert::illegalParameter);
}

TEST(Messages, OurClientHelloSaysWhatWeMean) {
    const auto hello =
        parseClientHello(serialiseClientHello(fixed<32>(kJustWorksSecrets.clientRandom), hex("c00c1e"), kAnon, true));
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello.value.version, 0xfefd);
    EXPECT_TRUE(hello.value.sessionId.empty());
    EXPECT_EQ(hello.value.cookie, hex("c00c1e"));
    EXPECT_EQ(hello.value.suites, (std::vector<std::uint16_t>{0xff00, 0x00ff}));
    EXPECT_EQ(hello.value.groups, std::vector<std::uint16_t>{23});
    EXPECT_TRUE(hello.value.extendedMasterSecret && hello.value.renegotiationInfo && hello.value.nullCompression);
    EXPECT_FALSE(parseClientHello(serialiseClientHello({}, {}, kAnon, false)).value.extendedMasterSecret);
}

TEST(Messages, UnknownExtensionsArePassedOver) {
    const auto hello = parseClientHello(helloWith(hex("abcd0003010203"
                                                      "00230000"
                                                      "00160000")));
    ASSERT_TRUE(hello);
    EXPECT_FALSE(hello.value.extendedMasterSecret);
    EXPECT_FALSE(hello.value.groups);
}

TEST(Messages, BadExtensionsOfAClientAreRefused) {
    EXPECT_EQ(parseClientHello(helloWith(hex("00170000"
                                             "00170000")))
                  .alert,
              alert::illegalParameter)
        << "twice the same";
    EXPECT_EQ(parseClientHello(helloWith(hex("0017000100"))).alert, alert::decodeError) << "not empty";
    EXPECT_EQ(parseClientHello(helloWith(hex("000a00020000"))).alert, alert::decodeError) << "no group";
    EXPECT_EQ(parseClientHello(helloWith(hex("000a0005000300170b"))).alert, alert::decodeError) << "half a group";
    EXPECT_EQ(parseClientHello(helloWith(hex("000b0003010001"))).alert, alert::decodeError) << "octets left over";
    EXPECT_EQ(parseClientHello(helloWith(hex("00170001"))).alert, alert::decodeError) << "cut off";
    EXPECT_EQ(parseClientHello(helloWith(hex("ff010002010f"))).alert, alert::handshakeFailure) << "a renegotiation";
    EXPECT_TRUE(parseClientHello(helloWith(hex("ff01000100"))).value.renegotiationInfo);
}

TEST(Messages, TooManyExtensionsAreRefused) {
    Writer extensions;
    for (unsigned i = 0; i < 65; ++i)
        extensions.u16(0x4000U + i).u16(0);
    EXPECT_EQ(parseClientHello(helloWith(extensions.view())).alert, alert::decodeError);
}

TEST(Messages, BadListsOfAClientAreRefused) {
    EXPECT_FALSE(parseClientHello(helloWith({}, "")));
    EXPECT_FALSE(parseClientHello(helloWith({}, "ff")));
    EXPECT_FALSE(parseClientHello(helloWith({}, "ff00", "00")));
    EXPECT_FALSE(parseClientHello(helloWith({}, "ff00", "0101")).value.nullCompression);
    EXPECT_TRUE(parseClientHello(helloWith({}, "ff00", "020100")).value.nullCompression);
}

TEST(Messages, ServerMayAnswerOnlyWhatWasAsked) {
    ServerHello hello;
    hello.suite = 0xff00;
    auto body = serialise(hello);
    ASSERT_TRUE(parseServerHello(body));
    for (const auto* extension : {"00230000", "00160000", "000a00040002001d"}) {
        const auto octets = hex(extension);
        auto with = Writer{}.bytes(body).u16(octets.size()).bytes(octets).take();
        EXPECT_EQ(parseServerHello(with).alert, kUnsupportedExtension) << extension;
    }
}

} // namespace ocfsecd::dtls::ocf_suite::test
