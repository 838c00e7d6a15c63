// Block-wise transfers and amplification of the server (RFC 7959, design section 7).

#include "coap/answer.h"
#include "coap/server.h"
#include "world.h"

namespace ocfsecd::coap {

namespace {

class CoapServerBlocks : public ServerFixture {
protected:
    std::optional<Incoming> receive(const Message& message, const Channel& channel = securePeer()) {
        return taken(server, channel, encode(message), now);
    }
    Message get(std::uint32_t number, unsigned exponent, std::string path = "/oic/res") {
        auto out = requestMessage(code::get, ++id, std::move(path));
        out.addNumber(option::block2, Block{.number = number, .more = false, .exponent = exponent}.value());
        return out;
    }
    Message post(const Block& block, Bytes payload) {
        auto out = requestMessage(code::post, ++id, "/oic/sec/cred");
        out.addNumber(option::block1, block.value());
        out.payload = std::move(payload);
        return out;
    }
    /// Starts a long answer and leaves the rest to be fetched.
    Message startDownload(const Bytes& body, const Channel& channel = securePeer()) {
        const auto incoming = receive(requestMessage(code::get, ++id), channel);
        EXPECT_TRUE(incoming);
        server.respond(incoming->id, {.payload = body}, now);
        return answer();
    }

    std::uint16_t id = 100;
};

} // namespace

TEST(Conformance, CO_06_blockwise_large_res) {
    // A peer in clear, whose every answer is bounded by its request, and one in a session.
    for (const auto& channel : {clearPeer(), securePeer()}) {
        RepeatableRandom random;
        Server server{{}, random};
        const auto body = patterned(3210);
        Bytes fetched;
        std::uint16_t id = 0;
        auto request = requestMessage(code::get, id);
        std::size_t delivered = 0;
        for (bool more = true; more;) {
            const auto octets = encode(request);
            const auto incoming = *server.receive(channel, false, octets, kStart);
            ASSERT_TRUE(incoming);
            if (incoming->continues) {
                server.resume(incoming->id, kStart);
            } else {
                ++delivered;
                server.respond(incoming->id, {.payload = body}, kStart);
            }
            const auto out = server.takeOutgoing();
            ASSERT_EQ(out.size(), 1U);
            if (!channel.secure()) {
                EXPECT_LE(out[0].datagram.size(), answerBudget(octets.size(), 3.0));
            }
            const auto message = read(out[0]);
            const auto block = blockOf(message, option::block2);
            ASSERT_EQ(block.offset(), fetched.size());
            fetched.insert(fetched.end(), message.payload.begin(), message.payload.end());
            more = block.more;
            request = requestMessage(code::get, ++id);
            request.addNumber(option::block2, Block::at(fetched.size(), block.exponent, false).value());
        }
        EXPECT_EQ(fetched, body);
        EXPECT_EQ(delivered, 1U) << "the rest comes from the kept copy";
        EXPECT_EQ(server.usage().transfers, 0U) << "fetched: forgotten";
    }
}

TEST_F(CoapServerBlocks, AClearAnswerIsAtMostThreeTimesItsRequest) {
    for (std::size_t extra = 0; extra < 600; extra += 13) {
        auto request = requestMessage(code::get, ++id);
        request.add(option::uriQuery, patterned(extra % 256));
        if (extra >= 256)
            request.add(option::uriQuery, patterned(extra - 255 > 255 ? 255 : extra - 255));
        const auto octets = encode(request);
        const auto incoming = *server.receive(clearPeer(), false, octets, now);
        ASSERT_TRUE(incoming);
        server.respond(incoming->id, {.payload = patterned(4000)}, now);
        const auto out = server.takeOutgoing();
        ASSERT_EQ(out.size(), 1U);
        EXPECT_LE(out[0].datagram.size(), std::max(3 * octets.size(), octets.size() + kSmallAnswer));
    }
}

TEST_F(CoapServerBlocks, ARememberedAnswerCannotBeHadForASmallerCopyOfItsRequest) {
    auto request = requestMessage(code::get, 7);
    request.add(option::uriQuery, patterned(200));
    const auto incoming = receive(request, clearPeer());
    server.respond(incoming->id, {.payload = patterned(500)}, now);
    const auto large = encode(answer()).size();
    auto bait = requestMessage(code::get, 7);
    const auto again = receive(bait, clearPeer());
    ASSERT_TRUE(again) << "another request";
    server.respond(again->id, {.payload = patterned(500)}, now);
    const auto small = encode(answer()).size();
    EXPECT_LT(small, large);
    EXPECT_LE(small, answerBudget(encode(bait).size(), 3.0));
}

TEST_F(CoapServerBlocks, AllCopiesOfASeparateClearAnswerStayWithinTheBudget) {
    for (const std::size_t octets : {1U, 20U, 60U, 2000U}) {
        const auto request = requestMessage(code::get, ++id);
        const auto incoming = receive(request, clearPeer());
        now += 100ms;
        server.tick(now);
        EXPECT_EQ(answer().code, code::empty);
        server.respond(incoming->id, {.payload = patterned(octets)}, now);
        std::size_t sent = 0;
        std::size_t copies = 0;
        while (server.hasPending(clearPeer())) {
            for (const auto& outgoing : server.takeOutgoing()) {
                sent += outgoing.datagram.size();
                ++copies;
            }
            now = *server.deadline();
            server.tick(now);
        }
        EXPECT_GE(copies, 1U);
        EXPECT_LE(sent, answerBudget(encode(request).size(), 3.0));
    }
}

TEST_F(CoapServerBlocks, ABlockAskedForInClearIsBoundedToo) {
    startDownload(patterned(4000), clearPeer());
    const auto request = get(1, 6);
    EXPECT_FALSE(receive(request, clearPeer()));
    const auto message = answer();
    EXPECT_LE(encode(message).size(), answerBudget(encode(request).size(), 3.0));
    EXPECT_EQ(blockOf(message, option::block2).offset(), 1024U) << "the same place, in smaller blocks";
}

TEST_F(CoapServerBlocks, ASecureAnswerUsesThePreferredBlockSize) {
    const auto first = startDownload(patterned(4000));
    EXPECT_EQ(blockOf(first, option::block2), (Block{0, true, 6}));
    EXPECT_EQ(first.payload.size(), 1024U);
}

TEST_F(CoapServerBlocks, TheClientMayChangeTheBlockSizeBetweenBlocks) {
    const auto body = patterned(2000);
    startDownload(body);
    EXPECT_FALSE(receive(get(16, 2))); // offset 1024
    const auto message = answer();
    EXPECT_EQ(blockOf(message, option::block2), (Block{16, true, 2}));
    EXPECT_TRUE(equal(message.payload, ByteView{body}.subspan(1024, 64)));
}

TEST_F(CoapServerBlocks, MoreInARequestMeansNothing) {
    startDownload(patterned(2000));
    auto request = requestMessage(code::get, ++id);
    request.addNumber(option::block2, Block{.number = 1, .more = true, .exponent = 6}.value());
    EXPECT_FALSE(receive(request));
    EXPECT_EQ(blockOf(answer(), option::block2), (Block{1, false, 6}));
}

TEST_F(CoapServerBlocks, ABlockBehindTheEndIsABadRequest) {
    startDownload(patterned(2000));
    EXPECT_FALSE(receive(get(2, 6)));
    EXPECT_EQ(answer().code, code::badRequest);
}

TEST_F(CoapServerBlocks, AskedForTheFirstBlockTheUserAnswersAnew) {
    startDownload(patterned(2000));
    const auto incoming = receive(get(0, 6));
    ASSERT_TRUE(incoming);
    server.respond(incoming->id, {.payload = Bytes(1500, 0xEE)}, now);
    (void)answer();
    EXPECT_FALSE(receive(get(1, 6)));
    EXPECT_EQ(answer().payload, Bytes(1500 - 1024, 0xEE)) << "the new body, not the old one";
}

TEST_F(CoapServerBlocks, ALostCopyIsAskedForAgainAndTheRightBlockCutFromIt) {
    const auto body = patterned(2000);
    startDownload(body);
    now += 61s;
    server.tick(now);
    EXPECT_EQ(server.usage().transfers, 0U);
    const auto incoming = receive(get(1, 6));
    ASSERT_TRUE(incoming);
    server.respond(incoming->id, {.payload = body}, now);
    const auto message = answer();
    EXPECT_EQ(blockOf(message, option::block2), (Block{1, false, 6}));
    EXPECT_TRUE(equal(message.payload, ByteView{body}.subspan(1024)));
}

TEST_F(CoapServerBlocks, ALostCopyOfAnythingButAGetIsIncomplete) {
    auto request = requestMessage(code::post, ++id);
    request.addNumber(option::block2, 0x16);
    EXPECT_FALSE(receive(request)) << "it would be executed again, without its payload";
    EXPECT_EQ(answer().code, code::incomplete);
}

TEST_F(CoapServerBlocks, ACopyBelongsToItsPeerAndItsTarget) {
    startDownload(patterned(2000));
    EXPECT_TRUE(receive(get(1, 6), securePeer(2)));
    EXPECT_TRUE(receive(get(1, 6, "/oic/d")));
    EXPECT_FALSE(receive(get(1, 6)));
}

TEST_F(CoapServerBlocks, WhoAsksForTheRestIsJudgedFirst) {
    startDownload(patterned(2000));
    const auto asked = server.receive(securePeer(), false, encode(get(1, 6)), now);
    ASSERT_TRUE(asked.ok() && *asked && (*asked)->continues);
    EXPECT_TRUE(sent().empty()) << "before anybody has said that he may";
    server.respond((*asked)->id, {.code = code::unauthorized}, now);
    EXPECT_EQ(answer().code, code::unauthorized);
    EXPECT_EQ(server.usage().transfers, 0U) << "refused: not kept for another try";
}

TEST_F(CoapServerBlocks, WhatIsWithdrawnHasNoFurtherBlock) {
    startDownload(patterned(2000));
    const auto asked = server.receive(securePeer(), false, encode(get(1, 6)), now);
    ASSERT_TRUE(asked.ok() && *asked);
    server.withdrawAnswers();
    server.resume((*asked)->id, now);
    EXPECT_EQ(answer().code, code::incomplete);
    const auto anew = receive(get(1, 6));
    ASSERT_TRUE(anew) << "asked anew, it is answered from what there is now";
    EXPECT_FALSE(anew->continues);
}

TEST_F(CoapServerBlocks, AWithdrawnPacedAnswerNeverLeaves) {
    auto request = requestMessage(code::get, ++id, "/oic/res", Type::nonConfirmable);
    const auto asked = server.receive(clearPeer(), true, encode(request), now);
    ASSERT_TRUE(asked.ok() && *asked);
    server.respond((*asked)->id, {.payload = patterned(40)}, now, 1s);
    server.withdrawAnswers();
    pass(2s);
    EXPECT_TRUE(sent().empty());
}

TEST_F(CoapServerBlocks, ARetransmittedBlockRequestGetsTheSameBlock) {
    startDownload(patterned(2000));
    const auto request = get(1, 6);
    EXPECT_FALSE(receive(request));
    const auto last = answer();
    EXPECT_FALSE(receive(request));
    EXPECT_EQ(answer(), last) << "though the copy is gone";
}

TEST(Conformance, CO_05_blockwise_large_cred) {
    // A cred POST of three datagrams in a session, each of them sent twice.
    RepeatableRandom random;
    Server server{{}, random};
    const auto body = patterned(2500);
    std::uint16_t id = 0;
    std::vector<Incoming> delivered;
    for (std::size_t offset = 0; offset < body.size(); offset += 1024) {
        const auto part = ByteView{body}.subspan(offset, std::min<std::size_t>(1024, body.size() - offset));
        const bool more = offset + part.size() < body.size();
        auto request = requestMessage(code::post, ++id, "/oic/sec/cred");
        request.addNumber(option::contentFormat, kFormatOcfCbor);
        request.addNumber(option::ocfContentVersion, kOcfVersion);
        request.addNumber(option::block1, Block::at(offset, 6, more).value());
        request.payload = copyOf(part);
        for (int copy = 0; copy < 2; ++copy) {
            const auto incoming = *server.receive(securePeer(), false, encode(request), kStart);
            if (incoming) {
                delivered.push_back(*incoming);
                server.respond(incoming->id, {.code = code::changed}, kStart);
            }
            const auto out = server.takeOutgoing();
            ASSERT_EQ(out.size(), 1U);
            const auto message = read(out[0]);
            EXPECT_EQ(message.type, Type::acknowledgement);
            EXPECT_EQ(message.code, more ? code::continues : code::changed);
            EXPECT_EQ(blockOf(message, option::block1), Block::at(offset, 6, more));
        }
    }
    ASSERT_EQ(delivered.size(), 1U);
    EXPECT_EQ(delivered[0].request.payload, body);
    EXPECT_EQ(delivered[0].request.path, "/oic/sec/cred");
    EXPECT_EQ(server.usage().transfers, 0U);
}

TEST_F(CoapServerBlocks, AGapInABodyIsIncomplete) {
    EXPECT_FALSE(receive(post({0, true, 2}, patterned(64))));
    EXPECT_EQ(answer().code, code::continues);
    EXPECT_FALSE(receive(post({2, true, 2}, patterned(64))));
    EXPECT_EQ(answer().code, code::incomplete);
    EXPECT_FALSE(receive(post({5, false, 2}, patterned(64)), securePeer(2)));
    EXPECT_EQ(answer().code, code::incomplete);
}

TEST_F(CoapServerBlocks, AnOverlongBodyIsRefusedWithTheSizeThatFits) {
    auto announced = post({0, true, 6}, patterned(1024));
    announced.addNumber(option::size1, 16 * 1024 + 1);
    EXPECT_FALSE(receive(announced));
    const auto refused = answer();
    EXPECT_EQ(refused.code, code::tooLarge);
    EXPECT_EQ(refused.findNumber(option::size1), 16U * 1024U);

    auto whole = requestMessage(code::post, ++id);
    whole.payload = Bytes(16 * 1024 + 1);
    EXPECT_FALSE(receive(whole));
    EXPECT_EQ(answer().code, code::tooLarge);
}

TEST_F(CoapServerBlocks, AsksForSmallerBlocksFromTheFirstOne) {
    Server small{{.blockExponent = 4}, random};
    const auto first = post({0, true, 6}, patterned(1024));
    EXPECT_FALSE(*small.receive(securePeer(), false, encode(first), now));
    const auto reply = read(small.takeOutgoing().at(0));
    EXPECT_EQ(reply.code, code::continues);
    EXPECT_EQ(blockOf(reply, option::block1), (Block{0, true, 4}));
    const auto last = post({4, false, 4}, patterned(256)); // offset 1024 in blocks of 256
    const auto incoming = *small.receive(securePeer(), false, encode(last), now);
    ASSERT_TRUE(incoming);
    EXPECT_EQ(incoming->request.payload.size(), 1280U);
}

TEST_F(CoapServerBlocks, AHalfReceivedBodyIsForgottenInTime) {
    EXPECT_FALSE(receive(post({0, true, 2}, patterned(64))));
    (void)answer();
    now += 59s;
    EXPECT_FALSE(receive(post({1, true, 2}, patterned(64))));
    EXPECT_EQ(answer().code, code::continues);
    now += 61s;
    server.tick(now);
    EXPECT_EQ(server.usage().transfers, 0U);
    EXPECT_FALSE(receive(post({2, false, 2}, patterned(64))));
    EXPECT_EQ(answer().code, code::incomplete);
}

TEST_F(CoapServerBlocks, ALongRequestMayHaveALongAnswer) {
    EXPECT_FALSE(receive(post({0, true, 6}, patterned(1024))));
    (void)answer();
    const auto incoming = receive(post({1, false, 6}, patterned(10)));
    ASSERT_TRUE(incoming);
    server.respond(incoming->id, {.code = code::changed, .payload = patterned(1500)}, now);
    const auto first = answer();
    EXPECT_EQ(blockOf(first, option::block1), (Block{1, false, 6}));
    EXPECT_EQ(blockOf(first, option::block2), (Block{0, true, 6}));
    auto rest = requestMessage(code::post, ++id, "/oic/sec/cred");
    rest.addNumber(option::block2, 0x16);
    EXPECT_FALSE(receive(rest)) << "fetched, not executed again";
    EXPECT_EQ(answer().payload.size(), 1500U - 1024U);
}

} // namespace ocfsecd::coap
