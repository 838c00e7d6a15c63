#include "svr/properties.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;

namespace {
bool isText(std::string_view octets) {
    return readText(cbor::Value{octets}, "p", 64).ok();
}
} // namespace

TEST(Properties, TextIsValidUtf8WithoutControls) {
    for (const char* good : {"", "plain",
                             "K\xc3\xbc"
                             "che",
                             "\xe2\x82\xac", "\xf0\x9f\x94\x91", "\xef\xbf\xbd", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(isText(good)) << good;
    for (const char* bad : {"\xff", "\xc0\xaf", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80",
                            "\xf0\x80\x80\x80", "\xf5\x80\x80\x80", "\x80", "a\nb", "\x1b[31m", "\x7f", "\xe2\x28\xa1"})
        EXPECT_FALSE(isText(bad));
    EXPECT_FALSE(isText(std::string_view{"\0", 1}));
    EXPECT_TRUE(isText(std::string(64, 'x')));
    EXPECT_FALSE(isText(std::string(65, 'x')));
    EXPECT_FALSE(readText(cbor::Value{Bytes{0x61}}, "p", 64));
}

TEST(Properties, IntegersKeepTheirRange) {
    EXPECT_EQ(*readInteger(cbor::Value{7}, "p", 1, 7), 7);
    for (const cbor::Value& bad :
         {cbor::Value{8}, cbor::Value{0}, cbor::Value{cbor::Oversized{}}, cbor::Value{"7"}, cbor::Value{7.0}})
        EXPECT_EQ(readInteger(bad, "p", 1, 7).failure().reason, Reason::malformed);
}

TEST(Properties, UuidsAreTextInEitherCase) {
    EXPECT_EQ(readUuid(cbor::Value{"A71C3000-5555-6666-7777-888888888888"}, "p")->text(),
              "a71c3000-5555-6666-7777-888888888888");
    EXPECT_FALSE(readUuid(cbor::Value{"*"}, "p"));
    EXPECT_FALSE(readUuid(cbor::Value{Bytes(16)}, "p"));
}

TEST(Properties, FailuresNameThePropertyAndWhatIsExpected) {
    const auto failure = readBool(cbor::Value{1}, "owned").failure();
    EXPECT_NE(failure.what.find("owned"), std::string::npos);
    EXPECT_NE(failure.next.find("true or false"), std::string::npos);
    EXPECT_FALSE(bodyOf(nullptr));
}
