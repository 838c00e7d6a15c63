#include "tools/obt/permission.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

TEST(Permission, LettersInAnyOrderAndCase) {
    EXPECT_EQ(parsePermission("C"), 1);
    EXPECT_EQ(parsePermission("R"), 2);
    EXPECT_EQ(parsePermission("rud"), 14);
    EXPECT_EQ(parsePermission("DUR"), 14);
    EXPECT_EQ(parsePermission("CRUDN"), 31);
}

TEST(Permission, NumbersOfTheMask) {
    EXPECT_EQ(parsePermission("0"), 0);
    EXPECT_EQ(parsePermission("31"), 31);
    EXPECT_EQ(parsePermission("32"), std::nullopt);
    EXPECT_EQ(parsePermission("1x"), std::nullopt);
}

TEST(Permission, OtherTextIsRefused) {
    for (const auto* text : {"", "X", "RR", "R U", "-1", "read"})
        EXPECT_EQ(parsePermission(text), std::nullopt) << text;
}

TEST(Permission, TextIsReadBackAsTheSameMask) {
    for (int mask = 1; mask <= 31; ++mask)
        EXPECT_EQ(parsePermission(permissionText(mask)), mask);
    EXPECT_EQ(permissionText(0), "-");
}

} // namespace ocfsecd::obt
