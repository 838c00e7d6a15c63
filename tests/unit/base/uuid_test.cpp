#include "base/uuid.h"

#include <gtest/gtest.h>

#include <set>

using namespace ocfsecd;

TEST(Uuid, ParsesEitherCaseAndPrintsLowerCase) {
    const auto uuid = Uuid::parse("A71C3000-5555-6666-7777-888888888888");
    ASSERT_TRUE(uuid);
    EXPECT_EQ(uuid->text(), "a71c3000-5555-6666-7777-888888888888");
    EXPECT_EQ(toHex(uuid->raw()), "a71c3000555566667777888888888888");
}

TEST(Uuid, RefusesEveryOtherShape) {
    for (const char* bad : {"", "*", "a71c3000-5555-6666-7777-88888888888", "a71c3000-5555-6666-7777-8888888888888",
                            "a71c3000_5555-6666-7777-888888888888", "g71c3000-5555-6666-7777-888888888888",
                            "a71c30005-555-6666-7777-888888888888"})
        EXPECT_FALSE(Uuid::parse(bad)) << bad;
    EXPECT_FALSE(Uuid::fromRaw(viewOf("fifteen octets!")));
}

TEST(Uuid, RandomOnesAreVersion4WithoutZeroOctetsAndDiffer) {
    SystemRandom random;
    std::set<Uuid> seen;
    for (int i = 0; i < 500; ++i) {
        const auto uuid = Uuid::random(random);
        EXPECT_EQ(uuid.text()[14], '4');
        EXPECT_FALSE(uuid.hasZeroOctet());
        seen.insert(uuid);
    }
    EXPECT_EQ(seen.size(), 500U);
}

TEST(Random, BelowStaysBelow) {
    SystemRandom random;
    std::set<std::uint32_t> seen;
    for (int i = 0; i < 200; ++i)
        seen.insert(random.below(3));
    EXPECT_EQ(seen, (std::set<std::uint32_t>{0, 1, 2}));
}
