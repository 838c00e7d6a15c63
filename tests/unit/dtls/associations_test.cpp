#include "dtls/associations.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::dtls;

namespace {

/// The table asks nothing of a session.
class NoSession final : public Session {
public:
    void feed(ByteView, TimePoint, Output&) override {}
    void send(ByteView, TimePoint, Output&) override {}
    void provideKey(SharedSecret, TimePoint, Output&) override {}
    void tick(TimePoint, Output&) override {}
    void close(TimePoint, Output&) override {}
    std::optional<TimePoint> deadline() const override { return std::nullopt; }
    Phase phase() const override { return Phase::handshaking; }
    const Close& closeReason() const override { return close_; }
    Suite suite() const override { return Suite::none; }
    ByteView identity() const override { return {}; }
    ByteView hint() const override { return {}; }
    Result<SecretBytes> keyBlock() const override { return Failure{}; }

private:
    Close close_;
};

class AssociationsTest : public ::testing::Test {
protected:
    dtls::Association& add(std::uint16_t port, std::uint8_t host = 1) {
        return table.add(Address::v4({192, 0, 2, host}, port), std::make_unique<NoSession>(), now);
    }

    TimePoint now{std::chrono::hours{1}};
    Associations table;
};

} // namespace

TEST_F(AssociationsTest, NumbersAreNeverUsedTwice) {
    const auto first = add(1).id;
    table.remove(*table.find(first));
    EXPECT_EQ(table.find(first), nullptr);
    EXPECT_GT(add(1).id, first);
}

TEST_F(AssociationsTest, TheSecondOfAPeerIsACandidateAndSucceeds) {
    auto& live = add(1);
    auto& candidate = add(1);
    EXPECT_EQ(table.at(live.peer).live, &live);
    EXPECT_EQ(table.at(live.peer).candidate, &candidate);
    const auto peer = live.peer;
    table.remove(live);
    EXPECT_EQ(table.at(peer).live, &candidate);
    EXPECT_EQ(table.at(peer).candidate, nullptr);
    table.remove(candidate);
    EXPECT_EQ(table.at(peer).live, nullptr);
}

TEST_F(AssociationsTest, WhoseKeyWasAskedForGoLast) {
    auto& a = add(1);
    auto& b = add(2);
    auto& c = add(3);
    table.keyAsked(b);
    table.keyAsked(a);
    EXPECT_EQ(table.handshakes(), 3U);
    EXPECT_EQ(table.expendableHandshake(), &c);
    EXPECT_EQ(table.expendableHandshakeOf(a.peer), &c);
    table.remove(c);
    EXPECT_EQ(table.expendableHandshake(), &b); // the key of which was asked for first
    EXPECT_EQ(table.expendableHandshakeOf(a.peer), &a);
    table.promote(b, now);
    EXPECT_EQ(table.handshakes(), 1U);
    EXPECT_EQ(table.sessions(), 1U);
    table.remove(a);
    table.remove(b);
    EXPECT_EQ(table.handshakes() + table.sessions(), 0U);
    EXPECT_EQ(table.expendableHandshake(), nullptr);
}

TEST_F(AssociationsTest, AreCountedByAgeAndHost) {
    auto& a = add(1, 1);
    auto& b = add(1, 2);
    add(2, 1);
    EXPECT_EQ(table.expendableHandshake(), &a);
    EXPECT_EQ(table.handshakesOf(a.peer), 2U);
    EXPECT_EQ(table.expendableHandshakeOf(b.peer), &b);
    table.promote(a, now);
    EXPECT_EQ(table.handshakesOf(a.peer), 1U);
    EXPECT_EQ(table.handshakes(), 2U);
    EXPECT_EQ(table.sessions(), 1U);
    EXPECT_EQ(table.expendableHandshake(), &b);
    table.promote(b, now);
    EXPECT_EQ(table.leastRecentlyUsed(), &a);
    table.touch(a, now + 1s);
    EXPECT_EQ(table.leastRecentlyUsed(), &b);
    EXPECT_EQ(a.lastActivity, now + 1s);
}

TEST_F(AssociationsTest, ADeadlineMovesEarlierAtOnceAndLaterWhenDue) {
    auto& a = add(1);
    table.arm(a, now + 10s);
    table.arm(a, now + 5s);
    EXPECT_EQ(table.nextDeadline(), now + 5s);
    table.arm(a, now + 600s); // costs nothing: found out when due
    EXPECT_EQ(table.nextDeadline(), now + 5s);
    EXPECT_TRUE(table.takeDue(now + 4s).empty());
    EXPECT_EQ(table.takeDue(now + 5s), (std::vector<SessionId>{a.id}));
    EXPECT_FALSE(table.nextDeadline());
    table.arm(a, now + 600s);
    EXPECT_EQ(table.nextDeadline(), now + 600s);
}

TEST_F(AssociationsTest, LeaveNoTimerBehind) {
    for (std::uint16_t i = 1; i <= 100; ++i) {
        auto& a = add(i);
        table.arm(a, now + 600s);
        table.remove(a);
    }
    EXPECT_FALSE(table.nextDeadline());
}
