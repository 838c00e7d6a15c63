// What a flood may cost (design sections 7 and 8).

#include "coap/answer.h"
#include "coap/server.h"
#include "world.h"

namespace ocfsecd::coap {

namespace {

constexpr ServerSettings kSmall{
    .maxExchanges = 50, .maxExchangesPerPeer = 10, .maxTransfersPerPeer = 2, .maxTransfers = 8};

void expectBounded(const Server& server, const ServerSettings& settings) {
    const auto usage = server.usage();
    ASSERT_LE(usage.exchanges, settings.maxExchanges);
    ASSERT_LE(usage.peers, settings.maxExchanges);
    ASSERT_LE(usage.timers, settings.maxExchanges);
    ASSERT_LE(usage.transfers, settings.maxTransfers);
}

} // namespace

TEST(CoapServerBounds, AFloodOfAnsweredRequestsStaysWithinTheLimits) {
    RepeatableRandom random;
    const ServerSettings settings;
    Server server{settings, random};
    auto now = kStart;
    for (std::uint32_t n = 0; n < 100'000; ++n) {
        now += 1ms;
        const auto type = n % 3 == 0 ? Type::nonConfirmable : Type::confirmable;
        auto request = requestMessage(n % 2 == 0 ? code::get : code::post, static_cast<std::uint16_t>(n), "/a", type);
        if (n % 5 == 0 && n % 2 != 0) {
            request.addNumber(option::block1, 0x08);
            request.payload = patterned(16);
        }
        const auto channel = clearPeer(static_cast<std::uint16_t>(n % 20'011));
        const auto incoming = *server.receive(channel, false, encode(request), now);
        if (incoming)
            server.respond(incoming->id, {.payload = patterned(n % 16 == 0 ? 200 : 20)}, now);
        (void)server.takeOutgoing();
        if (n % 16 == 0)
            expectBounded(server, settings);
    }
    EXPECT_EQ(server.usage().exchanges, settings.maxExchanges) << "the flood did reach the limit";
    EXPECT_EQ(server.usage().transfers, settings.maxTransfers);
    now += 300s;
    server.tick(now);
    EXPECT_EQ(server.usage().exchanges, 0U);
    EXPECT_EQ(server.usage().timers, 0U);
    EXPECT_EQ(server.usage().transfers, 0U);
}

TEST(CoapServerBounds, AFloodOfUnansweredRequestsIsRefusedAtTheLimit) {
    RepeatableRandom random;
    Server server{kSmall, random};
    std::size_t taken = 0;
    std::size_t refused = 0;
    for (std::uint16_t n = 0; n < 1000; ++n) {
        const auto request = requestMessage(code::get, n);
        if (*server.receive(clearPeer(n), false, encode(request), kStart))
            ++taken;
        for (const auto& outgoing : server.takeOutgoing()) {
            EXPECT_EQ(read(outgoing).code, code::unavailable);
            ++refused;
        }
        expectBounded(server, kSmall);
    }
    EXPECT_EQ(taken, kSmall.maxExchanges) << "what is being worked on is never forgotten";
    EXPECT_EQ(refused, 1000 - kSmall.maxExchanges);
}

TEST(CoapServerBounds, OnePeerCannotTakeMoreThanItsShare) {
    RepeatableRandom random;
    Server server{kSmall, random};
    std::vector<Incoming> taken;
    for (std::uint16_t n = 0; n < 30; ++n)
        if (const auto incoming = *server.receive(clearPeer(1), false, encode(requestMessage(code::get, n)), kStart))
            taken.push_back(*incoming);
    EXPECT_EQ(taken.size(), kSmall.maxExchangesPerPeer);
    EXPECT_TRUE(*server.receive(clearPeer(2), false, encode(requestMessage(code::get, 1)), kStart));
    server.respond(taken.front().id, {}, kStart);
    EXPECT_TRUE(*server.receive(clearPeer(1), false, encode(requestMessage(code::get, 99)), kStart))
        << "the oldest finished one makes room";
    EXPECT_FALSE(*server.receive(clearPeer(1), false, encode(requestMessage(code::get, 98)), kStart))
        << "and there is no other finished one";
}

TEST(CoapServerBounds, AFloodInClearDoesNotPushOutWhatSessionsNeed) {
    RepeatableRandom random;
    Server server{kSmall, random};
    const auto secure = requestMessage(code::post, 7, "/oic/sec/pstat");
    const auto incoming = *server.receive(securePeer(), false, encode(secure), kStart);
    ASSERT_TRUE(incoming);
    server.respond(incoming->id, {.code = code::changed}, kStart);
    const auto answered = server.takeOutgoing();
    for (std::uint16_t n = 0; n < 1000; ++n) {
        if (const auto noise = *server.receive(clearPeer(n), false, encode(requestMessage(code::get, n)), kStart))
            server.respond(noise->id, {}, kStart);
        (void)server.takeOutgoing();
    }
    EXPECT_FALSE(*server.receive(securePeer(), false, encode(secure), kStart)) << "still known as a duplicate";
    EXPECT_EQ(server.takeOutgoing().at(0).datagram, answered.at(0).datagram);
}

TEST(CoapServerBounds, SessionsFindRoomInAFloodInClear) {
    RepeatableRandom random;
    Server server{kSmall, random};
    for (std::uint16_t n = 0; n < 1000; ++n)
        if (const auto noise = *server.receive(clearPeer(n), false, encode(requestMessage(code::get, n)), kStart))
            server.respond(noise->id, {}, kStart);
    EXPECT_TRUE(*server.receive(securePeer(), false, encode(requestMessage(code::get, 1)), kStart));
}

TEST(CoapServerBounds, RefusalsAndGarbageCostNoMemory) {
    RepeatableRandom random;
    Server server{{}, random};
    for (std::uint16_t n = 0; n < 5000; ++n) {
        auto request = requestMessage(code::get, n);
        request.add(65001, {});
        (void)server.receive(clearPeer(n), false, encode(request), kStart);
        Bytes garbage(n % 64);
        random.fill(garbage);
        garbage.insert(garbage.begin(), 0x4F); // a token that is too long
        (void)server.receive(clearPeer(n), false, garbage, kStart);
        (void)server.takeOutgoing();
    }
    EXPECT_EQ(server.usage().exchanges, 0U);
    EXPECT_EQ(server.usage().peers, 0U);
}

TEST(CoapServerBounds, RandomDatagramsFromManyPeersNeverExceedTheLimits) {
    RepeatableRandom random{7};
    Server server{kSmall, random};
    auto now = kStart;
    for (std::uint32_t n = 0; n < 20'000; ++n) {
        now += Duration{random.below(50)};
        Bytes datagram(random.below(40));
        random.fill(datagram);
        if (!datagram.empty() && n % 4 != 0)
            datagram[0] = static_cast<std::uint8_t>(0x40 | (datagram[0] & 0x33)); // version 1, short token
        if (datagram.size() > 1 && n % 8 != 0)
            datagram[1] &= 7;
        const auto channel = n % 5 == 0 ? securePeer(n % 7 + 1) : clearPeer(static_cast<std::uint16_t>(n % 99));
        const auto incoming = server.receive(channel, n % 11 == 0, datagram, now);
        if (incoming && *incoming && n % 3 != 0)
            server.respond((*incoming)->id, {.payload = patterned(random.below(3000))}, now,
                           Duration{random.below(300)});
        if (n % 500 == 0)
            server.dropSession(n % 7 + 1);
        server.tick(now);
        for (const auto& outgoing : server.takeOutgoing())
            EXPECT_TRUE(decode(outgoing.datagram).ok()) << toHex(outgoing.datagram);
        expectBounded(server, kSmall);
    }
    now += 1000s;
    server.tick(now);
    EXPECT_EQ(server.usage().exchanges, 0U);
    EXPECT_FALSE(server.deadline());
}

} // namespace ocfsecd::coap
