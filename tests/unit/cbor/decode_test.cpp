#include "captured_payloads.h"
#include "cbor/value.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ocfsecd::cbor {

namespace {

Result<Value> decodeHex(std::string_view hex, const Limits& limits = {}) {
    return decode(*fromHex(hex), limits);
}

/// The diagnostic notation, or "malformed".
std::string shown(std::string_view hex) {
    const auto value = decodeHex(hex);
    return value ? diagnostic(*value) : std::string{nameOf(value.failure().reason)};
}

struct Vector {
    std::string_view hex;
    std::string_view diagnostic;
};

// RFC 8949 appendix A without simple(16) and simple(255), which no property has. Undefined is null, tags are skipped
// and marks of indefinite length not kept, so these lines differ from the RFC's.
constexpr Vector kAppendixA[] = {
    {"00", "0"},
    {"01", "1"},
    {"0a", "10"},
    {"17", "23"},
    {"1818", "24"},
    {"1819", "25"},
    {"1864", "100"},
    {"1903e8", "1000"},
    {"1a000f4240", "1000000"},
    {"1b000000e8d4a51000", "1000000000000"},
    {"1bffffffffffffffff", "/integer beyond 64 bit/"},
    {"c249010000000000000000", "h'010000000000000000'"},
    {"3bffffffffffffffff", "/integer beyond 64 bit/"},
    {"c349010000000000000000", "h'010000000000000000'"},
    {"20", "-1"},
    {"29", "-10"},
    {"3863", "-100"},
    {"3903e7", "-1000"},
    {"f90000", "0.0"},
    {"f98000", "-0.0"},
    {"f93c00", "1.0"},
    {"fb3ff199999999999a", "1.1"},
    {"f93e00", "1.5"},
    {"f97bff", "65504.0"},
    {"fa47c35000", "100000.0"},
    {"fa7f7fffff", "3.4028234663852886e+38"},
    {"fb7e37e43c8800759c", "1e+300"},
    {"f90001", "5.960464477539063e-08"},
    {"f90400", "6.103515625e-05"},
    {"f9c400", "-4.0"},
    {"fbc010666666666666", "-4.1"},
    {"f97c00", "Infinity"},
    {"f97e00", "NaN"},
    {"f9fc00", "-Infinity"},
    {"fa7f800000", "Infinity"},
    {"fa7fc00000", "NaN"},
    {"faff800000", "-Infinity"},
    {"fb7ff0000000000000", "Infinity"},
    {"fb7ff8000000000000", "NaN"},
    {"fbfff0000000000000", "-Infinity"},
    {"f4", "false"},
    {"f5", "true"},
    {"f6", "null"},
    {"f7", "null"},
    {"c074323031332d30332d32315432303a30343a30305a", "\"2013-03-21T20:04:00Z\""},
    {"c11a514b67b0", "1363896240"},
    {"c1fb41d452d9ec200000", "1363896240.5"},
    {"d74401020304", "h'01020304'"},
    {"d818456449455446", "h'6449455446'"},
    {"d82076687474703a2f2f7777772e6578616d706c652e636f6d", "\"http://www.example.com\""},
    {"40", "h''"},
    {"4401020304", "h'01020304'"},
    {"60", "\"\""},
    {"6161", "\"a\""},
    {"6449455446", "\"IETF\""},
    {"62225c", "\"\\\"\\\\\""},
    {"62c3bc", "\"\xC3\xBC\""},
    {"63e6b0b4", "\"\xE6\xB0\xB4\""},
    {"64f0908591", "\"\xF0\x90\x85\x91\""},
    {"80", "[]"},
    {"83010203", "[1, 2, 3]"},
    {"8301820203820405", "[1, [2, 3], [4, 5]]"},
    {"98190102030405060708090a0b0c0d0e0f101112131415161718181819",
     "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]"},
    {"a0", "{}"},
    {"a201020304", "{1: 2, 3: 4}"},
    {"a26161016162820203", "{\"a\": 1, \"b\": [2, 3]}"},
    {"826161a161626163", "[\"a\", {\"b\": \"c\"}]"},
    {"a56161614161626142616361436164614461656145",
     "{\"a\": \"A\", \"b\": \"B\", \"c\": \"C\", \"d\": \"D\", \"e\": \"E\"}"},
    {"5f42010243030405ff", "h'0102030405'"},
    {"7f657374726561646d696e67ff", "\"streaming\""},
    {"9fff", "[]"},
    {"9f018202039f0405ffff", "[1, [2, 3], [4, 5]]"},
    {"9f01820203820405ff", "[1, [2, 3], [4, 5]]"},
    {"83018202039f0405ff", "[1, [2, 3], [4, 5]]"},
    {"83019f0203ff820405", "[1, [2, 3], [4, 5]]"},
    {"9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
     "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]"},
    {"bf61610161629f0203ffff", "{\"a\": 1, \"b\": [2, 3]}"},
    {"826161bf61626163ff", "[\"a\", {\"b\": \"c\"}]"},
    {"bf6346756ef563416d7421ff", "{\"Fun\": true, \"Amt\": -2}"},
};

std::string repeated(std::string_view hex, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += hex;
    return out;
}

} // namespace

TEST(CborDecode, AgreesWithAppendixAOfRfc8949) {
    for (const auto& vector : kAppendixA)
        EXPECT_EQ(shown(vector.hex), vector.diagnostic) << vector.hex;
}

TEST(CborDecode, EveryTruncationOfAppendixAIsMalformed) {
    for (const auto& vector : kAppendixA) {
        const Bytes whole = *fromHex(vector.hex);
        for (std::size_t n = 0; n < whole.size(); ++n)
            EXPECT_FALSE(decode(ByteView{whole}.first(n)).ok()) << vector.hex << " cut to " << n;
    }
}

TEST(Conformance, CO_08_indefinite_cbor) {
    for (const auto& payload : kCapturedPayloads) {
        ASSERT_NE(payload.hex.find("bf"), std::string_view::npos) << "this one would prove nothing";
        EXPECT_EQ(shown(payload.hex), payload.diagnostic) << payload.name;
    }
}

TEST(Conformance, CO_09_malformed_cbor) {
    struct {
        std::string_view what, hex;
    } const cases[] = {
        {"nothing", ""},
        {"two items", "0000"},
        {"octets after a map", "a000"},
        {"reserved head, unsigned", "1c"},
        {"reserved head, array", "9e"},
        {"reserved head, indefinite integer", "1f"},
        {"reserved head, indefinite tag", "df00"},
        {"reserved simple value", "f800"},
        {"break alone", "ff"},
        {"break in a definite array", "8201ff"},
        {"break in a definite map", "a1ff"},
        {"break for a value", "bf01ff"},
        {"break for the value of a definite map", "a101ff"},
        {"break after a tag", "9fc0ff"},
        {"tag before nothing", "c0"},
        {"odd indefinite map", "bf616101616200616300ff00ff"},
        {"map one value short", "a2010203"},
        {"array one item short", "830102"},
        {"indefinite array without end", "9f01"},
        {"indefinite map without end", "bf0102"},
        {"indefinite text without end", "7f6161"},
        {"text chunk in a byte string", "5f6161ff"},
        {"byte chunk in a text", "7f4161ff"},
        {"integer chunk", "5f00ff"},
        {"array chunk", "5f80ff"},
        {"nested indefinite chunk", "5f5f4161ffff"},
        {"tagged chunk", "5fc14161ff"},
        {"duplicate text key", "a2616101616102"},
        {"duplicate key in other width", "a201001801ff"},
        {"duplicate integer key in other width", "a20100180100"},
        {"duplicate key in other chunks", "a2626162007f61616162ff00"},
        {"duplicate key in an indefinite map", "bf616100616100ff"},
        {"duplicate key in a nested map", "81a2616101616102"},
        {"duplicate array key", "a2810100810100"},
    };
    for (const auto& c : cases) {
        const auto value = decodeHex(c.hex);
        ASSERT_FALSE(value.ok()) << c.what;
        EXPECT_EQ(value.failure().reason, Reason::malformed) << c.what;
        EXPECT_FALSE(value.failure().what.empty());
    }
}

TEST(CborDecode, EveryTruncationOfARealPayloadIsMalformed) {
    for (const auto& payload : kCapturedPayloads) {
        const Bytes whole = *fromHex(payload.hex);
        for (std::size_t n = 0; n < whole.size(); ++n)
            EXPECT_FALSE(decode(ByteView{whole}.first(n)).ok()) << payload.name << " cut to " << n;
    }
}

TEST(CborDecode, EveryOneOctetChangeOfARealPayloadIsTakenOrRefusedInGoodOrder) {
    // Whatever is accepted must survive a round through the encoder unchanged.
    std::size_t accepted = 0;
    std::size_t refused = 0;
    const Bytes whole = *fromHex(kCapturedPayloads[0].hex);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (unsigned flip = 1; flip < 256; flip <<= 1) {
            Bytes changed = whole;
            changed[at] = static_cast<std::uint8_t>(changed[at] ^ flip);
            const auto value = decode(changed);
            (value ? accepted : refused) += 1;
            if (!value)
                continue;
            const auto again = decode(encode(*value));
            ASSERT_TRUE(again.ok());
            EXPECT_EQ(encode(*again), encode(*value));
        }
    }
    EXPECT_GT(accepted, 0U);
    EXPECT_GT(refused, 0U);
}

TEST(CborDecode, AnnouncedGigabytesCostNothing) {
    // Each asks for gigabytes in at most nine octets; a decoder that reserves by announcement would die here.
    for (const auto* hex :
         {"9a04000000", "9b1000000000000000", "9bffffffffffffffff", "9b7fffffffffffffff", "bb04000000ffffff",
          "bbffffffffffffffff", "bb8000000000000000", "bb8000000000000001", "5a7fffffff", "5bffffffffffffffff",
          "5b7fffffffffffffff", "7bffffffffffffffff", "7bfffffffffffffff7"})
        EXPECT_EQ(shown(hex), "malformed") << hex;
}

TEST(CborDecode, TextNeedNotBeUtf8) {
    const auto value = decodeHex("a161646270ff63fe"); // {"d": <70 ff>} and more octets: not one item
    EXPECT_FALSE(value.ok());
    const auto raw = decodeHex("62fffe");
    ASSERT_TRUE(raw.ok());
    EXPECT_EQ(raw->text(), "\xFF\xFE");
    const auto zero = decodeHex("63610062");
    ASSERT_TRUE(zero.ok());
    EXPECT_EQ(zero->text(), (std::string_view{"a\0b", 3}));
}

TEST(CborDecode, IntegersKeepTheirValueToTheEndsOfInt64) {
    EXPECT_EQ(decodeHex("1b7fffffffffffffff")->integer(), INT64_MAX);
    EXPECT_EQ(decodeHex("3b7fffffffffffffff")->integer(), INT64_MIN);
    EXPECT_TRUE(decodeHex("1b8000000000000000")->isOversized());
    EXPECT_TRUE(decodeHex("3b8000000000000000")->isOversized());
    EXPECT_EQ(decodeHex("1b0000000000000007")->integer(), 7) << "any width (facts 7.6)";
}

TEST(Conformance, CO_10_deep_nesting) {
    EXPECT_EQ(shown(repeated("81", 8) + "00"), "[[[[[[[[0]]]]]]]]");
    EXPECT_EQ(shown(repeated("81", 9) + "00"), "malformed");
    EXPECT_EQ(shown(repeated("9f", 9) + repeated("ff", 9)), "malformed");
    EXPECT_EQ(shown(repeated("a100", 8) + "00"), "{0: {0: {0: {0: {0: {0: {0: {0: 0}}}}}}}}");
    EXPECT_EQ(shown(repeated("a100", 9) + "00"), "malformed");
    EXPECT_EQ(shown(repeated("a1", 9) + repeated("00", 10)), "malformed") << "maps as keys nest too";
    for (const auto* bomb : {"81", "9f", "a100", "bf00", "a1", "c0", "5f", "7f", "d8ff"}) {
        EXPECT_EQ(shown(repeated(bomb, 30'000 / (std::string_view{bomb}.size() / 2))), "malformed") << bomb;
    }
    EXPECT_TRUE(decodeHex("8281" + repeated("81", 6) + "00" + repeated("81", 6) + "00").ok())
        << "depth counts what is open, not what was";
}

TEST(CborDecode, TheLimitsAreTheCallers) {
    EXPECT_TRUE(decodeHex("83010203", {.octets = 4, .depth = 1, .items = 4}).ok());
    EXPECT_FALSE(decodeHex("83010203", {.octets = 3, .depth = 1, .items = 4}).ok());
    EXPECT_FALSE(decodeHex("83010203", {.octets = 4, .depth = 0, .items = 4}).ok());
    EXPECT_FALSE(decodeHex("83010203", {.octets = 4, .depth = 1, .items = 3}).ok());
    EXPECT_FALSE(decodeHex("5f414141424143ff", {.items = 3}).ok()) << "chunks count";
    EXPECT_FALSE(decodeHex("c0c0c000", {.items = 3}).ok()) << "tags count";
    EXPECT_TRUE(decodeHex("00", {.depth = 0}).ok());
}

TEST(CborDecode, ManyKeysAreComparedInReasonableSteps) {
    std::string hex = "bf";
    for (int i = 0; i < 2000; ++i)
        hex += fmt::format("19{:04x}00", i);
    EXPECT_TRUE(decodeHex(hex + "ff").ok());
    EXPECT_FALSE(decodeHex(hex + "1903e700ff").ok()) << "999 is there already";
}

} // namespace ocfsecd::cbor
