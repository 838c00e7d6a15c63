#include "cbor/value.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace ocfsecd::cbor {

namespace {

std::string hexOf(const Value& value) {
    return toHex(encode(value));
}

} // namespace

TEST(CborEncode, AgreesWithAppendixAOfRfc8949) {
    struct {
        Value value;
        std::string_view hex;
    } const vectors[] = {
        {0, "00"},
        {1, "01"},
        {10, "0a"},
        {23, "17"},
        {24, "1818"},
        {25, "1819"},
        {100, "1864"},
        {1000, "1903e8"},
        {1000000, "1a000f4240"},
        {std::int64_t{1000000000000}, "1b000000e8d4a51000"},
        {-1, "20"},
        {-10, "29"},
        {-100, "3863"},
        {-1000, "3903e7"},
        {0.0, "f90000"},
        {-0.0, "f98000"},
        {1.0, "f93c00"},
        {1.1, "fb3ff199999999999a"},
        {1.5, "f93e00"},
        {65504.0, "f97bff"},
        {100000.0, "fa47c35000"},
        {3.4028234663852886e+38, "fa7f7fffff"},
        {1.0e+300, "fb7e37e43c8800759c"},
        {0.00006103515625, "f90400"},
        {-4.0, "f9c400"},
        {-4.1, "fbc010666666666666"},
        {std::numeric_limits<double>::infinity(), "f97c00"},
        {-std::numeric_limits<double>::infinity(), "f9fc00"},
        {std::numeric_limits<double>::quiet_NaN(), "f97e00"},
        {false, "f4"},
        {true, "f5"},
        {Value{}, "f6"},
        {Bytes{}, "40"},
        {Bytes{1, 2, 3, 4}, "4401020304"},
        {"", "60"},
        {"IETF", "6449455446"},
        {"\"\\", "62225c"},
        {"\xC3\xBC", "62c3bc"},
        {Array{}, "80"},
        {Array{1, 2, 3}, "83010203"},
        {Array{1, Array{2, 3}, Array{4, 5}}, "8301820203820405"},
        {Map{}, "a0"},
        {Map{{1, 2}, {3, 4}}, "a201020304"},
        {Map{{"a", 1}, {"b", Array{2, 3}}}, "a26161016162820203"},
        {Array{"a", Map{{"b", "c"}}}, "826161a161626163"},
    };
    for (const auto& vector : vectors)
        EXPECT_EQ(hexOf(vector.value), vector.hex) << diagnostic(vector.value);
}

TEST(CborEncode, ReachesTheEndsOfInt64) {
    EXPECT_EQ(hexOf(std::int64_t{INT64_MAX}), "1b7fffffffffffffff");
    EXPECT_EQ(hexOf(std::int64_t{INT64_MIN}), "3b7fffffffffffffff");
    EXPECT_EQ(hexOf(std::uint32_t{UINT32_MAX}), "1affffffff");
}

TEST(CborEncode, AnOversizedIntegerStaysOne) {
    EXPECT_TRUE(decode(encode(Value{Oversized{}}))->isOversized());
}

TEST(CborEncode, KeepsEveryNumberExactly) {
    for (const double v :
         {5.960464477539063e-8, 1.0 / 3, 1e-45, 1e-310, 2049.0, 65505.0, 65536.0, 3.5e38, -1.0009765625}) {
        const auto back = decode(encode(Value{v}));
        ASSERT_TRUE(back.ok());
        EXPECT_EQ(back->real(), v);
    }
}

TEST(CborEncode, KeepsTheOrderOfAMap) {
    EXPECT_EQ(hexOf(Map{{"b", 1}, {"a", 2}}), "a2616201616102");
}

} // namespace ocfsecd::cbor
