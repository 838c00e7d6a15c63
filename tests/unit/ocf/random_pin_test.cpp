#include "ocf/random_pin.h"

#include "svr/pin_key.h"

#include <gtest/gtest.h>

#include <set>

using namespace ocfsecd;
using namespace ocfsecd::ocf;

namespace {

const TimePoint kNow{1h};
const Uuid kDevice = *Uuid::parse("a71c3000-5555-6666-7777-888888888888");

struct Desk {
    SystemRandom random;
    RandomPin pin{{}};
    std::string text() const { return std::string{textOf(pin.shown()->characters->view())}; }
};

} // namespace

TEST(Conformance, OT_08_pin_generated_on_select) {
    Desk desk;
    std::set<std::string> seen;
    for (int n = 0; n < 5; ++n) {
        ASSERT_TRUE(desk.pin.select(desk.random, kNow));
        seen.insert(desk.text());
    }
    EXPECT_EQ(seen.size(), 5U);
}

TEST(Conformance, OT_09_pin_format) {
    Desk desk;
    ASSERT_TRUE(desk.pin.select(desk.random, kNow));
    EXPECT_EQ(desk.text().size(), 8U);
    EXPECT_EQ(desk.text().find_first_not_of("0123456789"), std::string::npos);
    for (const unsigned digits : {4U, 32U}) {
        RandomPin other{{.digits = digits}};
        ASSERT_TRUE(other.select(desk.random, kNow));
        EXPECT_EQ(other.shown()->characters->size(), digits);
    }
}

TEST(RandomPin, TheKeyIsThatOfThePinAndTheDevice) {
    Desk desk;
    ASSERT_TRUE(desk.pin.select(desk.random, kNow));
    const auto expected = svr::derivePinKey(desk.text(), kDevice);
    const auto key = desk.pin.attempt(kDevice, kNow);
    ASSERT_TRUE(key);
    EXPECT_TRUE(key->equals(expected.view()));
}

TEST(RandomPin, APinIsGoodForOneAttempt) {
    Desk desk;
    EXPECT_FALSE(desk.pin.attempt(kDevice, kNow)) << "not selected";
    ASSERT_TRUE(desk.pin.select(desk.random, kNow));
    EXPECT_TRUE(desk.pin.attempt(kDevice, kNow));
    EXPECT_FALSE(desk.pin.usable(kNow));
    EXPECT_FALSE(desk.pin.attempt(kDevice, kNow));
    ASSERT_TRUE(desk.pin.select(desk.random, kNow));
    EXPECT_TRUE(desk.pin.attempt(kDevice, kNow));
    desk.pin.erase();
    EXPECT_FALSE(desk.pin.shown());
}

TEST(RandomPin, APinGrowsOld) {
    Desk desk;
    ASSERT_TRUE(desk.pin.select(desk.random, kNow));
    EXPECT_EQ(desk.pin.deadline(), kNow + 5min);
    EXPECT_TRUE(desk.pin.usable(kNow + 5min - 1ms));
    EXPECT_FALSE(desk.pin.attempt(kDevice, kNow + 5min));
}

TEST(RandomPin, SelectionsAreLimitedAlsoOverResets) {
    Desk desk;
    for (int n = 0; n < 5; ++n) {
        ASSERT_TRUE(desk.pin.select(desk.random, kNow + n * 1s));
        desk.pin.erase();
    }
    const auto refused = desk.pin.select(desk.random, kNow + 30s);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().reason, Reason::busy);
    EXPECT_TRUE(desk.pin.select(desk.random, kNow + 60s)) << "the first one is a minute ago";
    EXPECT_FALSE(desk.pin.select(desk.random, kNow + 60s));
}
