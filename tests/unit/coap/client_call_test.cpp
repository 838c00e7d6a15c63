#include "client_fixture.h"

namespace ocfsecd::coap {

TEST_F(CoapClient, JoinsAnAnswerInBlocks) {
    const auto body = patterned(150);
    client.call(securePeer(), kGet, now);
    for (const std::size_t offset : {0U, 64U, 128U}) {
        const auto request = sent();
        if (offset != 0) {
            EXPECT_EQ(blockOf(request, option::block2), Block::at(offset, 2, false));
        }
        EXPECT_EQ(request.findNumber(option::accept), 10000U);
        const auto size = std::min<std::size_t>(64, body.size() - offset);
        const auto answers =
            receive(withBlock(piggybacked(request, code::content, copyOf(ByteView{body}.subspan(offset, size))),
                              option::block2, Block::at(offset, 2, offset != 128)));
        if (offset == 128) {
            EXPECT_EQ(responseIn(answers).payload, body);
        } else {
            EXPECT_TRUE(answers.empty());
        }
    }
}

TEST_F(CoapClient, TheServerMayShrinkTheBlocksOnTheWay) {
    const auto body = patterned(96);
    client.call(securePeer(), kGet, now);
    const auto part = [&](std::size_t offset, std::size_t size) {
        return copyOf(ByteView{body}.subspan(offset, size));
    };
    EXPECT_TRUE(
        receive(withBlock(piggybacked(sent(), code::content, part(0, 64)), option::block2, Block::at(0, 2, true)))
            .empty());
    EXPECT_TRUE(
        receive(withBlock(piggybacked(sent(), code::content, part(64, 16)), option::block2, Block::at(64, 0, true)))
            .empty());
    const auto request = sent();
    EXPECT_EQ(blockOf(request, option::block2), Block::at(80, 0, false));
    EXPECT_EQ(responseIn(receive(withBlock(piggybacked(request, code::content, part(80, 16)), option::block2,
                                           Block::at(80, 0, false))))
                  .payload,
              body);
}

TEST_F(CoapClient, RefusesAnswersThatDoNotFitTogether) {
    const auto body = patterned(64);
    const auto secondBlock = [&](const Block& block, Bytes payload, Bytes tag, std::uint8_t code = code::content) {
        client.call(securePeer(), kGet, now);
        auto first = withBlock(piggybacked(sent(), code::content, body), option::block2, Block::at(0, 2, true));
        first.add(option::etag, Bytes{1});
        EXPECT_TRUE(receive(first).empty());
        auto second = withBlock(piggybacked(sent(), code, std::move(payload)), option::block2, block);
        second.add(option::etag, tag);
        const auto reason = failureIn(receive(second));
        (void)client.tick(now);
        return reason;
    };
    EXPECT_EQ(secondBlock({2, true, 2}, body, {1}), Reason::malformed) << "a gap";
    EXPECT_EQ(secondBlock({0, true, 2}, body, {1}), Reason::malformed) << "the first one again";
    EXPECT_EQ(secondBlock({1, true, 2}, patterned(63), {1}), Reason::malformed) << "a short block";
    EXPECT_EQ(secondBlock({1, false, 2}, patterned(65), {1}), Reason::malformed) << "a long block";
    EXPECT_EQ(secondBlock({1, true, 2}, body, {2}), Reason::incomplete) << "another body";
    EXPECT_EQ(secondBlock({1, true, 2}, body, {1}, code::changed), Reason::incomplete) << "another code";
    client.call(securePeer(), kGet, now);
    EXPECT_EQ(failureIn(receive(withBlock(piggybacked(sent(), code::content, body), option::block2, {3, true, 2}))),
              Reason::malformed)
        << "starts in the middle";
    client.call(securePeer(), kGet, now);
    auto broken = piggybacked(sent(), code::content, body);
    broken.addNumber(option::block2, 7);
    EXPECT_EQ(failureIn(receive(broken)), Reason::malformed) << "reserved size";
}

TEST_F(CoapClient, BoundsTheAnswer) {
    Client small{{.maxBody = 100}, random};
    small.call(securePeer(), kGet, now);
    auto request = read(small.takeOutgoing().at(0));
    (void)small.receive(
        securePeer(),
        encode(withBlock(piggybacked(request, code::content, patterned(64)), option::block2, {0, true, 2})), now);
    request = read(small.takeOutgoing().at(0));
    EXPECT_EQ(
        failureIn(small.receive(
            securePeer(),
            encode(withBlock(piggybacked(request, code::content, patterned(64)), option::block2, {1, true, 2})), now)),
        Reason::tooLarge);
}

TEST_F(CoapClient, SendsALongRequestInBlocks) {
    const auto request = post(2500);
    client.call(securePeer(), request, now);
    Bytes arrived;
    for (std::uint32_t number = 0; number < 3; ++number) {
        const auto message = sent();
        EXPECT_EQ(blockOf(message, option::block1), (Block{number, number != 2, 6}));
        EXPECT_EQ(message.findNumber(option::contentFormat), 10000U);
        EXPECT_EQ(message.find(option::size1) != nullptr, number == 0);
        arrived.insert(arrived.end(), message.payload.begin(), message.payload.end());
        const auto answers = receive(withBlock(piggybacked(message, number == 2 ? code::changed : code::continues),
                                               option::block1, {number, number != 2, 6}));
        if (number == 2) {
            EXPECT_EQ(responseIn(answers).code, code::changed);
        } else {
            EXPECT_TRUE(answers.empty());
        }
    }
    EXPECT_EQ(arrived, request.payload);
}

TEST_F(CoapClient, GoesOnInTheSmallerBlocksTheServerWants) {
    client.call(securePeer(), post(1500), now);
    EXPECT_TRUE(receive(withBlock(piggybacked(sent(), code::continues), option::block1, {0, true, 4})).empty());
    const auto second = sent();
    EXPECT_EQ(blockOf(second, option::block1), (Block{4, true, 4}));
    EXPECT_EQ(second.payload.size(), 256U);
}

TEST_F(CoapClient, TakesTheOfferOfSmallerBlocksWithTooLarge) {
    client.call(securePeer(), post(900), now);
    EXPECT_FALSE(blockOption(sent(), option::block1).present) << "fits one block";
    client.dropSession(1);
    client.call(securePeer(), post(900), now);
    EXPECT_TRUE(receive(withBlock(piggybacked(sent(), code::tooLarge), option::block1, {0, true, 2})).empty());
    EXPECT_EQ(blockOf(sent(), option::block1), (Block{0, true, 2}));
}

TEST_F(CoapClient, AnEarlyRefusalEndsALongRequest) {
    client.call(securePeer(), post(2500), now);
    EXPECT_EQ(responseIn(receive(piggybacked(sent(), code::unauthorized))).code, code::unauthorized);
}

TEST_F(CoapClient, UnfittingAcknowledgementsOfBlocksEndTheCall) {
    for (const auto& wrong : {Message{.code = code::continues}, // no Block1
                              withBlock({.code = code::continues}, option::block1, {1, true, 6}),
                              Message{.code = code::changed}}) { // before the end
        client.call(securePeer(), post(2500), now);
        const auto request = sent();
        auto answer = wrong;
        answer.type = Type::acknowledgement;
        answer.id = request.id;
        answer.token = request.token;
        EXPECT_EQ(failureIn(receive(answer)), Reason::malformed);
    }
    client.call(securePeer(), kGet, now);
    EXPECT_EQ(failureIn(receive(piggybacked(sent(), code::continues))), Reason::malformed);
}

} // namespace ocfsecd::coap
