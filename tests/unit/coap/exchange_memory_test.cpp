#include "coap/exchange_memory.h"

#include "world.h"

namespace ocfsecd::coap {

namespace {

class CoapExchangeMemory : public ::testing::Test {
protected:
    RequestId add(const Channel& channel, std::uint16_t messageId) {
        const auto id = memory.add({.channel = channel, .id = messageId}, now);
        EXPECT_TRUE(id);
        return id.value_or(0);
    }
    void finish(RequestId id) { memory.setPhase(id, *memory.get(id), Phase::finished); }

    TimePoint now = kStart;
    RepeatableRandom random;
    ServerSettings settings{.maxExchanges = 4, .maxExchangesPerPeer = 2};
    ExchangeMemory memory{settings, random};
};

} // namespace

TEST_F(CoapExchangeMemory, FindsByChannelAndMessageId) {
    const auto id = add(clearPeer(1), 7);
    EXPECT_EQ(memory.find(clearPeer(1), 7), id);
    EXPECT_FALSE(memory.find(clearPeer(1), 8));
    EXPECT_FALSE(memory.find(clearPeer(2), 7));
    memory.forget(id);
    EXPECT_FALSE(memory.find(clearPeer(1), 7));
    EXPECT_EQ(memory.get(id), nullptr);
    memory.forget(id);
}

TEST_F(CoapExchangeMemory, TheOldestFinishedOneMakesRoom) {
    const auto first = add(clearPeer(1), 1);
    const auto second = add(clearPeer(1), 2);
    EXPECT_FALSE(memory.add({.channel = clearPeer(1), .id = 3}, now)) << "both are worked on";
    finish(second);
    add(clearPeer(1), 3);
    EXPECT_TRUE(memory.get(first));
    EXPECT_FALSE(memory.get(second));
    add(clearPeer(2), 1);
    const auto third = add(clearPeer(3), 1);
    EXPECT_FALSE(memory.add({.channel = clearPeer(4), .id = 1}, now)) << "full, and all are worked on";
    finish(third);
    EXPECT_TRUE(memory.add({.channel = clearPeer(4), .id = 1}, now));
    EXPECT_EQ(memory.size(), 4U);
}

TEST_F(CoapExchangeMemory, ExpiresInTheOrderOfArrival) {
    add(clearPeer(1), 1);
    now += 10s;
    add(clearPeer(2), 1);
    EXPECT_EQ(memory.next(), kStart + 247s);
    memory.expire(kStart + 247s);
    EXPECT_EQ(memory.size(), 1U);
    EXPECT_EQ(memory.next(), kStart + 257s);
    memory.expire(kStart + 257s);
    EXPECT_EQ(memory.peers(), 0U);
    EXPECT_FALSE(memory.next());
}

TEST_F(CoapExchangeMemory, KnowsWhichAnswerAnAcknowledgementIsFor) {
    const auto id = add(securePeer(1), 1);
    Exchange& exchange = *memory.get(id);
    exchange.answerId = 77;
    memory.setPhase(id, exchange, Phase::unacknowledged);
    memory.setTimer(id, exchange, now + 2s);
    EXPECT_EQ(memory.findUnacknowledged(securePeer(1), 77), id);
    EXPECT_FALSE(memory.findUnacknowledged(securePeer(2), 77));
    EXPECT_TRUE(memory.hasAnswerUnderWay(securePeer(1)));
    EXPECT_EQ(memory.due(now + 2s), id);
    finish(id);
    EXPECT_FALSE(memory.findUnacknowledged(securePeer(1), 77));
    EXPECT_FALSE(memory.hasAnswerUnderWay(securePeer(1)));
    EXPECT_EQ(memory.timers(), 0U);
}

TEST_F(CoapExchangeMemory, AllChannelsToOneEndpointShareItsMessageIds) {
    auto clear = clearPeer(1), inside = clearPeer(1); // a socket of its own is how a protected channel shows itself
    inside.socket += 7;
    const auto first = add(clear, 1);
    finish(first);
    const auto id = memory.nextMessageId(clear);
    add(inside, 1);
    EXPECT_EQ(memory.nextMessageId(inside), static_cast<std::uint16_t>(id + 1));
    memory.forget(first);
    EXPECT_EQ(memory.nextMessageId(inside), static_cast<std::uint16_t>(id + 2));
    add(clear, 2);
    EXPECT_EQ(memory.nextMessageId(clear), static_cast<std::uint16_t>(id + 3));
    add(clearPeer(2), 1);
    EXPECT_NE(memory.nextMessageId(clearPeer(2)), static_cast<std::uint16_t>(id + 4)) << "another one has its own";
}

TEST_F(CoapExchangeMemory, ForgettingLeavesNothingBehind) {
    const auto id = add(securePeer(1), 1);
    Exchange& exchange = *memory.get(id);
    exchange.answerId = 77;
    memory.setPhase(id, exchange, Phase::unacknowledged);
    memory.setTimer(id, exchange, now + 2s);
    add(securePeer(2), 1);
    memory.dropSession(1);
    EXPECT_EQ(memory.size(), 1U);
    EXPECT_EQ(memory.peers(), 1U);
    EXPECT_EQ(memory.timers(), 0U);
    EXPECT_FALSE(memory.findUnacknowledged(securePeer(1), 77));
}

TEST(CoapBackoff, StartsAtRandomAndDoubles) {
    RepeatableRandom random;
    std::set<Duration> first;
    for (int i = 0; i < 200; ++i) {
        Backoff backoff{2s, 1.5, 2, random};
        first.insert(backoff.wait());
        EXPECT_GE(backoff.wait(), 2s);
        EXPECT_LE(backoff.wait(), 3s);
        const auto once = backoff.wait();
        ASSERT_TRUE(backoff.retransmit());
        EXPECT_EQ(backoff.wait(), 2 * once);
        ASSERT_TRUE(backoff.retransmit());
        EXPECT_FALSE(backoff.retransmit());
    }
    EXPECT_GT(first.size(), 50U);
    EXPECT_EQ((Backoff{2s, 0.5, 0, random}.wait()), 2s) << "a factor below one is none";
}

TEST(CoapTimers, ComeInOrderAndLeaveNothingBehindWhenMoved) {
    TimerQueue<int> timers;
    std::optional<TimePoint> one, two;
    timers.move(one, kStart + 2s, 1);
    timers.move(two, kStart + 3s, 2);
    timers.move(one, kStart + 4s, 1);
    EXPECT_EQ(timers.size(), 2U);
    EXPECT_EQ(timers.next(), kStart + 3s);
    EXPECT_FALSE(timers.due(kStart + 2s));
    EXPECT_EQ(timers.due(kStart + 9s), 2);
    timers.move(two, std::nullopt, 2);
    EXPECT_EQ(timers.due(kStart + 9s), 1);
    timers.move(one, std::nullopt, 1);
    EXPECT_FALSE(timers.next());
    EXPECT_EQ(timers.size(), 0U);
}

} // namespace ocfsecd::coap
