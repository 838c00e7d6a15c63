#include "coap/answer.h"

#include "world.h"

namespace ocfsecd::coap {

namespace {

const Message kHead{.type = Type::acknowledgement, .id = 7, .token = {1, 2, 3, 4, 5, 6, 7, 8}};

Response content(std::size_t size) {
    return {.code = code::content, .payload = patterned(size)};
}

} // namespace

TEST(Conformance, CO_01_content_format_10000) {
    const auto whole = compose(kHead, content(100), {});
    EXPECT_EQ(whole.message.findNumber(option::contentFormat), 10000U);
    EXPECT_EQ(whole.message.findNumber(option::ocfContentVersion), 2048U);
    const auto block = compose(kHead, content(2000), {.block2 = Block::at(1024, 6, false)});
    EXPECT_EQ(block.message.findNumber(option::contentFormat), 10000U);
    EXPECT_EQ(block.message.findNumber(option::ocfContentVersion), 2048U);
    const auto empty = compose(kHead, {.code = code::changed}, {});
    EXPECT_EQ(toHex(encode(empty.message)), "684400070102030405060708") << "2.04 without payload (captures)";
    EXPECT_FALSE(
        compose(kHead, {.code = code::badRequest, .payload = {'n', 'o'}}, {}).message.find(option::contentFormat))
        << "the payload of an error is text";
}

TEST(CoapAnswer, GoesWholeWhenItFitsOneBlock) {
    const auto exact = compose(kHead, content(1024), {});
    EXPECT_FALSE(exact.more);
    EXPECT_FALSE(exact.message.find(option::block2));
    EXPECT_EQ(exact.message.payload.size(), 1024U);
    const auto more = compose(kHead, content(1025), {});
    EXPECT_TRUE(more.more);
    EXPECT_EQ(blockOf(more.message, option::block2), (Block{0, true, 6}));
    EXPECT_EQ(more.message.payload.size(), 1024U);
}

TEST(CoapAnswer, GivesTheBlockThatIsAskedFor) {
    const auto body = patterned(2500);
    Bytes joined;
    for (std::uint32_t number = 0; number < 10; ++number) {
        const auto part = compose(kHead, content(2500), {.block2 = Block{.number = number, .exponent = 4}});
        EXPECT_EQ(blockOf(part.message, option::block2), (Block{number, number != 9, 4}));
        EXPECT_EQ(part.more, number != 9);
        EXPECT_EQ(part.message.find(option::etag)->value, entityTag(body));
        joined.insert(joined.end(), part.message.payload.begin(), part.message.payload.end());
    }
    EXPECT_EQ(joined, body);
}

TEST(CoapAnswer, ABlockBehindTheEndDoesNotExist) {
    EXPECT_TRUE(compose(kHead, content(2048), {.block2 = Block{.number = 2, .exponent = 6}}).outOfRange);
    EXPECT_FALSE(compose(kHead, content(2049), {.block2 = Block{.number = 2, .exponent = 6}}).outOfRange);
    EXPECT_TRUE(compose(kHead, {.code = code::content}, {.block2 = Block{.number = 1, .exponent = 0}}).outOfRange);
}

TEST(CoapAnswer, ARefusalSaysItsReasonWhicheverBlockWasAskedFor) {
    const auto refusal = compose(kHead, {.code = code::unauthorized}, {.block2 = Block{.number = 3, .exponent = 6}});
    EXPECT_FALSE(refusal.outOfRange);
    EXPECT_EQ(refusal.message.code, code::unauthorized);
}

TEST(CoapAnswer, NeverUsesLargerBlocksThanEitherSideWants) {
    const auto ours = compose(kHead, content(3000), {.block2 = Block{.number = 1, .exponent = 6}, .exponent = 4});
    EXPECT_EQ(blockOf(ours.message, option::block2), (Block{4, true, 4})) << "same offset, smaller blocks";
    const auto theirs = compose(kHead, content(3000), {.block2 = Block{.number = 0, .exponent = 2}, .exponent = 6});
    EXPECT_EQ(theirs.message.payload.size(), 64U);
}

TEST(CoapAnswer, ShrinksItsBlockUntilTheDatagramFits) {
    for (std::size_t budget = 76; budget < 1200; budget += 3) {
        const auto answer = compose(kHead, content(5000), {.octets = budget});
        const auto size = encode(answer.message).size();
        EXPECT_LE(size, budget);
        const auto exponent = blockOf(answer.message, option::block2).exponent;
        EXPECT_EQ(answer.message.payload.size(), std::size_t{16} << exponent);
        if (exponent < kMaxBlockExponent) {
            EXPECT_GT(size + answer.message.payload.size(), budget) << "the next size would have fitted";
        }
    }
}

TEST(CoapAnswer, TheSmallestBlockGoesInAnyCase) {
    const auto answer = compose(kHead, content(5000), {.asksSize2 = true, .octets = 1});
    EXPECT_EQ(answer.message.payload.size(), 16U);
    EXPECT_FALSE(answer.message.find(option::etag)) << "the tag is what can be left out";
    EXPECT_LE(encode(answer.message).size(), kSmallAnswer);
    EXPECT_FALSE(compose(kHead, content(16), {.octets = 1}).message.find(option::block2)) << "blocks would not help";
}

TEST(CoapAnswer, BudgetIsThreeTimesTheRequestOrALittleMore) {
    EXPECT_EQ(answerBudget(100, 3.0), 300U);
    EXPECT_EQ(answerBudget(12, 3.0), 12 + kSmallAnswer);
    EXPECT_EQ(answerBudget(100, 0.0), 100 + kSmallAnswer) << "never less than the request";
}

TEST(CoapAnswer, TellsTheSizeWhenAsked) {
    EXPECT_EQ(compose(kHead, content(2000), {.asksSize2 = true}).message.findNumber(option::size2), 2000U);
    EXPECT_FALSE(compose(kHead, content(2000), {}).message.find(option::size2));
}

TEST(CoapAnswer, ObserveGoesWithTheFirstBlockOnly) {
    auto response = content(2000);
    response.observe = 9;
    EXPECT_EQ(compose(kHead, response, {}).message.findNumber(option::observe), 9U);
    EXPECT_FALSE(compose(kHead, response, {.block2 = Block{.number = 1, .exponent = 6}}).message.find(option::observe));
}

} // namespace ocfsecd::coap
