#include "base/bytes.h"

#include <gtest/gtest.h>

using namespace ocfsecd;

TEST(Reader, ReadsNetworkByteOrder) {
    const auto raw = *fromHex("01020304050607080910");
    Reader reader{raw};
    EXPECT_EQ(reader.u8(), 1);
    EXPECT_EQ(reader.u16(), 0x0203);
    EXPECT_EQ(reader.u24(), 0x040506U);
    EXPECT_EQ(reader.u32(), 0x07080910U);
    EXPECT_TRUE(reader.done());
}

TEST(Reader, StaysFailedAfterAReadPastTheEnd) {
    const auto raw = *fromHex("0102");
    Reader reader{raw};
    EXPECT_EQ(reader.u32(), 0U);
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.u8(), 0);
    EXPECT_FALSE(reader.done());
}

TEST(Writer, WritesWhatReaderReads) {
    const auto out = Writer{}.u8(0x1ff).u16(2).u24(3).u32(4).u48(5).u64(6).bytes(viewOf("ab")).take();
    EXPECT_EQ(toHex(out), "ff00020000030000000400000000000500000000000000066162");
}

TEST(Hex, RefusesOddLengthAndOtherCharacters) {
    EXPECT_FALSE(fromHex("0"));
    EXPECT_FALSE(fromHex("0g"));
    EXPECT_EQ(toHex(*fromHex("AbCd")), "abcd");
}

// RFC 4648 section 10.
TEST(Base64, GivesThePublishedVectors) {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, text] : vectors) {
        EXPECT_EQ(toBase64(viewOf(plain)), text);
        ASSERT_TRUE(fromBase64(text)) << text;
        EXPECT_EQ(textOf(*fromBase64(text)), plain);
    }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
    for (const char* bad : {"Zg", "Zg=", "Zh==", "Z===", "=g==", "Zg==Zg==", "Zm9-", "Zm 9"})
        EXPECT_FALSE(fromBase64(bad)) << bad;
}
