#include "captured_messages.h"
#include "coap/message.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ocfsecd::coap {

namespace {

/// The form of CapturedMessage::summary.
std::string summaryOf(const Message& m) {
    constexpr std::string_view types[] = {"CON", "NON", "ACK", "RST"};
    auto out =
        fmt::format("{} {} {} {}", types[static_cast<std::size_t>(m.type)], codeText(m.code), m.id, toHex(m.token));
    for (const auto& o : m.options) {
        out += fmt::format(" {}=", o.number);
        if (o.number == option::uriPath || o.number == option::uriQuery)
            out += textOf(o.value);
        else if (o.number == option::etag)
            out += toHex(o.value);
        else
            out += fmt::format("{}", o.number32().value());
    }
    // The captures show an empty message's code as 0.00 and no token as nothing.
    return out + fmt::format(" | {}", m.payload.size());
}

Message withOptions(std::vector<Option> options) {
    return {.type = Type::confirmable, .code = code::get, .id = 1, .token = {}, .options = std::move(options)};
}

} // namespace

TEST(CoapMessage, ReadsRecordedMessagesAsTheyAreAnnotated) {
    for (const auto& captured : kCapturedMessages) {
        const auto message = decode(*fromHex(captured.hex));
        ASSERT_TRUE(message.ok()) << captured.name;
        EXPECT_EQ(summaryOf(*message), captured.summary) << captured.name;
    }
}

TEST(CoapMessage, WritesRecordedMessagesToTheSameOctets) {
    for (const auto& captured : kCapturedMessages) {
        const auto message = decode(*fromHex(captured.hex));
        ASSERT_TRUE(message.ok()) << captured.name;
        EXPECT_EQ(toHex(encode(*message)), captured.hex) << captured.name;
    }
}

TEST(CoapMessage, EveryTruncationOfARecordedMessageIsRefusedOrReadAsAPrefix) {
    for (const auto& captured : kCapturedMessages) {
        const Bytes whole = *fromHex(captured.hex);
        for (std::size_t n = 0; n < whole.size(); ++n) {
            const auto message = decode(ByteView{whole}.first(n));
            if (!message) {
                EXPECT_EQ(message.failure().reason, Reason::malformed);
                continue;
            }
            const auto again = encode(*message);
            EXPECT_TRUE(equal(again, ByteView{whole}.first(n))) << captured.name << " cut to " << n;
        }
    }
}

TEST(CoapMessage, ReadsTheExamplesOfRfc7252) {
    // Figures 16 and 17 of appendix A: CON GET /temperature [0x7d34], ACK 2.05 "22.3 C".
    const auto request = decode(*fromHex("40017d34bb74656d7065726174757265"));
    ASSERT_TRUE(request.ok());
    EXPECT_EQ(summaryOf(*request), "CON 0.01 32052  11=temperature | 0");
    const auto response = decode(*fromHex("60457d34ff32322e332043"));
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(summaryOf(*response), "ACK 2.05 32052  | 6");
    // Figure 18: with the token 0x20.
    const auto withToken = decode(*fromHex("41017d3520bb74656d7065726174757265"));
    ASSERT_TRUE(withToken.ok());
    EXPECT_EQ(toHex(withToken->token), "20");
}

TEST(CoapMessage, RefusesFormatErrors) {
    struct {
        std::string_view what, hex;
    } const cases[] = {
        {"nothing", ""},
        {"three octets", "400100"},
        {"version 0", "00010001"},
        {"version 2", "80010001"},
        {"token of 9", "49010001112233445566778899"},
        {"token of 15", "4f010001112233445566778899aabbccddeeff"},
        {"token cut short", "4801000101"},
        {"empty message with a token", "4100000101"},
        {"empty message with an option", "40000001b0"},
        {"empty message with a payload", "40000001ff00"},
        {"marker without payload", "40010001ff"},
        {"reserved delta", "40010001f0"},
        {"reserved length", "400100011f"},
        {"delta octet missing", "40010001d0"},
        {"delta octets missing", "40010001e001"},
        {"length octet missing", "400100010d"},
        {"length octets missing", "400100010e00"},
        {"value cut short", "40010001b36f69"},
        {"value of 65804 octets announced", "400100010effff"},
        {"number beyond 65535", "40010001e0fff2e0fff2"},
        {"reserved class 1", "40200001"},
        {"reserved class 6", "40c00001"},
        {"reserved class 7", "40e00001"},
        {"reset with a code", "70450001"},
        {"acknowledgement with a request", "60010001"},
        {"empty non-confirmable", "50000001"},
    };
    for (const auto& c : cases) {
        const auto message = decode(*fromHex(c.hex));
        ASSERT_FALSE(message.ok()) << c.what;
        EXPECT_EQ(message.failure().reason, Reason::malformed) << c.what;
    }
}

TEST(CoapMessage, BoundsTheNumberOfOptions) {
    std::string hex = "40010001b0";
    for (int i = 1; i < 64; ++i)
        hex += "00";
    EXPECT_TRUE(decode(*fromHex(hex)).ok());
    EXPECT_FALSE(decode(*fromHex(hex + "00")).ok());
}

TEST(CoapMessage, ExtendsDeltaAndLengthAtTheirEdges) {
    for (const std::uint16_t number :
         std::initializer_list<std::uint16_t>{12, 13, 14, 268, 269, 270, 2049, 2053, 65535})
        for (const std::size_t length : std::initializer_list<std::size_t>{0, 1, 12, 13, 14, 268, 269, 270, 1000}) {
            const auto message = withOptions({{number, Bytes(length, 0xAB)}});
            const auto back = decode(encode(message));
            ASSERT_TRUE(back.ok()) << number << " " << length;
            EXPECT_EQ(*back, message);
        }
}

TEST(CoapMessage, SortsOptionsAndKeepsTheOrderOfEqualOnes) {
    const auto back = decode(encode(withOptions({{option::uriQuery, Bytes{'q'}},
                                                 {option::uriPath, Bytes{'b'}},
                                                 {option::observe, {}},
                                                 {option::uriPath, Bytes{'a'}}})));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(summaryOf(*back), "CON 0.01 1  6=0 11=b 11=a 15=q | 0");
}

TEST(CoapMessage, WritesNumbersInTheFewestOctets) {
    Message m;
    for (const auto& [value, hex] : {std::pair<std::uint32_t, std::string_view>{0, ""},
                                     {1, "01"},
                                     {255, "ff"},
                                     {256, "0100"},
                                     {65536, "010000"},
                                     {0x01000000, "01000000"},
                                     {0xFFFFFFFF, "ffffffff"}}) {
        m.options.clear();
        m.addNumber(option::size1, value);
        EXPECT_EQ(toHex(m.options.front().value), hex);
        EXPECT_EQ(m.findNumber(option::size1), value);
    }
    EXPECT_FALSE((Option{option::size1, Bytes(5)}.number32()));
    EXPECT_EQ((Option{option::size1, Bytes{0, 0, 7}}.number32()), 7U) << "leading zeros are allowed";
}

TEST(CoapMessage, NamesTheIdAResetNeeds) {
    EXPECT_EQ(confirmableId(*fromHex("4f011234")), 0x1234);
    EXPECT_FALSE(confirmableId(*fromHex("5f011234"))) << "non-confirmable";
    EXPECT_FALSE(confirmableId(*fromHex("cf011234"))) << "version 3 is ignored silently";
    EXPECT_FALSE(confirmableId(*fromHex("4f0112")));
}

TEST(CoapMessage, ShowsCodesWithADot) {
    EXPECT_EQ(codeText(code::unauthorized), "4.01");
    EXPECT_EQ(codeText(code::unsupportedFormat), "4.15");
    EXPECT_EQ(codeText(code::empty), "0.00");
}

} // namespace ocfsecd::coap
