#include "coap/block.h"

#include "world.h"

namespace ocfsecd::coap {

TEST(CoapBlock, SplitsAndJoinsTheOptionValue) {
    // RFC 7959 section 3: 2:0/0/128 is szx 3; 1:2/1/64 is szx 2.
    EXPECT_EQ(Block::from(0x03), (Block{.number = 0, .more = false, .exponent = 3}));
    EXPECT_EQ(Block::from(0x2A), (Block{.number = 2, .more = true, .exponent = 2}));
    EXPECT_EQ(Block::from(0x2A)->offset(), 128U);
    EXPECT_EQ(Block::from(0x2A)->size(), 64U);
    for (const std::uint32_t value : {0U, 6U, 0x18U, 0xFFFFFEU})
        EXPECT_EQ(Block::from(value)->value(), value);
}

TEST(CoapBlock, RefusesTheReservedSizeAndTooLargeNumbers) {
    EXPECT_FALSE(Block::from(0x07));
    EXPECT_FALSE(Block::from(0xFF));
    EXPECT_FALSE(Block::from(0x1000000));
}

TEST(CoapBlock, IsFoundByOffset) {
    EXPECT_EQ(Block::at(2048, 6, true).value(), 0x2EU);
    EXPECT_EQ(Block::at(2048, 0, false).number, 128U);
}

TEST(CoapBlock, TagsFollowTheBody) {
    EXPECT_EQ(entityTag(patterned(100)), entityTag(patterned(100)));
    EXPECT_NE(entityTag(patterned(100)), entityTag(patterned(101)));
    EXPECT_EQ(entityTag({}).size(), 8U);
}

} // namespace ocfsecd::coap
