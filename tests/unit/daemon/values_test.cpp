#include "settings/values.h"

#include <gtest/gtest.h>

namespace ocfsecd::settings {
namespace {

TEST(Span, IsReadAsSystemdWritesIt) {
    const std::pair<const char*, Duration> kGood[]{
        {"15min", 15min}, {"2s", 2s},    {"300ms", 300ms},    {"30", 30s},
        {"0", 0s},        {"1h", 1h},    {"1min 30s", 90s},   {"1h30min2s5ms", 5402005ms},
        {"2 s", 2s},      {"1day", 24h}, {"5 minutes", 5min},
    };
    for (const auto& [text, span] : kGood) {
        const auto parsed = parseSpan(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(*parsed, span) << text;
    }
    for (const char* bad :
         {"", " ", "s", "1.5s", "-1s", "2x", "2s,", "infinity", "99999999999999999999s", "9999999999d", "1us"})
        EXPECT_FALSE(parseSpan(bad)) << bad;
}

TEST(Span, IsWrittenSoThatItReadsBack) {
    for (const auto span : {Duration{0}, Duration{1}, Duration{247'000}, Duration{86'400'000}, Duration{3'723'004}}) {
        const auto parsed = parseSpan(writeSpan(span));
        ASSERT_TRUE(parsed) << writeSpan(span);
        EXPECT_EQ(*parsed, span);
    }
    EXPECT_EQ(writeSpan(247s), "4min 7s");
}

TEST(Number, IsDecimalOrHexadecimalAndNothingElse) {
    EXPECT_EQ(*parseNumber("0"), 0u);
    EXPECT_EQ(*parseNumber("0x01800100"), 0x01800100u);
    for (const char* bad : {"", "-1", "+1", "1k", "0x", "1 ", "99999999999999999999"})
        EXPECT_FALSE(parseNumber(bad)) << bad;
}

TEST(Factor, HasAnOptionalFraction) {
    EXPECT_DOUBLE_EQ(*parseFactor("3"), 3.0);
    EXPECT_DOUBLE_EQ(*parseFactor("1.25"), 1.25);
    for (const char* bad : {"", ".5", "1.", "1.x", "-1", "nan", "1e3"})
        EXPECT_FALSE(parseFactor(bad)) << bad;
}

TEST(Text, IsPrintableUtf8) {
    EXPECT_EQ(*parseText("Küche 🔥", 64), "Küche 🔥");
    for (const std::string& bad :
         {std::string{}, std::string(65, 'x'), std::string{"a\tb"}, std::string{"\xff"}, std::string{"\xc0\xaf"},
          std::string{"\xe2\x82"}, std::string{"\xed\xa0\x80"}, std::string{"\xc2\x85"}})
        EXPECT_FALSE(parseText(bad, 64)) << bad;
}

TEST(Flag, TakesWhatSystemdTakes) {
    EXPECT_TRUE(*parseFlag("yes"));
    EXPECT_FALSE(*parseFlag("off"));
    EXPECT_FALSE(parseFlag("maybe"));
}

} // namespace
} // namespace ocfsecd::settings
