#include "svr/query.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;

TEST(Query, KeysCompareCaseInsensitivelyValuesAreLeftAlone) {
    const std::vector<std::string> query{"IF=oic.if.RW", "owned", "credid=7", "CREDID=8", "x="};
    EXPECT_EQ(queryValue(query, "if"), "oic.if.RW");
    EXPECT_EQ(queryValue(query, "owned"), "");
    EXPECT_EQ(queryValue(query, "credid"), "7");
    EXPECT_EQ(queryValue(query, "x"), "");
    EXPECT_FALSE(queryValue(query, "cred"));
    EXPECT_FALSE(queryValue({}, "if"));
    EXPECT_TRUE(sameIgnoringCase("oWneD", "OWNED"));
    EXPECT_FALSE(sameIgnoringCase("owned", "owne"));
}

TEST(Query, OnlyKnownKeysPass) {
    constexpr std::string_view keys[] = {"credid", "if"};
    EXPECT_TRUE(onlyKeys({"CredId=1", "if=x"}, keys));
    EXPECT_TRUE(onlyKeys({}, keys));
    for (const char* item : {"subjectuuid=x", "", "=1", "credidx=1"})
        EXPECT_EQ(onlyKeys({item}, keys).failure().reason, Reason::malformed) << item;
    EXPECT_EQ(onlyKeys({"credid=5", "CredID=6"}, keys).failure().reason, Reason::malformed) << "one of them only";
}

TEST(Query, InterfaceIsTheFirstUnlessNamed) {
    constexpr std::string_view interfaces[] = {"oic.if.rw", "oic.if.baseline"};
    EXPECT_EQ(*selectInterface({}, interfaces), "oic.if.rw");
    EXPECT_EQ(*selectInterface({"if=oic.if.baseline"}, interfaces), "oic.if.baseline");
    for (const char* other : {"if=oic.if.s", "if=", "if", "if=foo", "if=OIC.IF.RW"})
        EXPECT_EQ(selectInterface({other}, interfaces).failure().reason, Reason::unsupportedInterface) << other;
    EXPECT_EQ(selectInterface({"if=oic.if.rw", "if=foo"}, interfaces).failure().reason, Reason::unsupportedInterface);
}

TEST(Query, NumbersAreDecimalDigitsWithinTheRange) {
    EXPECT_EQ(queryNumber("0"), 0);
    EXPECT_EQ(queryNumber("2147483647"), 2147483647);
    for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "2147483648", "99999999999999999999"})
        EXPECT_FALSE(queryNumber(bad)) << bad;
}
