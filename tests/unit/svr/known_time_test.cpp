#include "svr/known_time.h"

#include <gtest/gtest.h>

namespace ocfsecd::svr {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

class KnownTimes : public ::testing::Test {
protected:
    KnownTimes() { begin(kReleased); }
    void begin(WallTime stored) { known.begin(stored, clock(), now); }
    WallTime clock() const { return kReleased + hours{1000} + off + std::chrono::duration_cast<seconds>(now - kStart); }
    WallTime sure() { return known.sure(clock(), now); }

    static constexpr TimePoint kStart{hours{1}};
    TimePoint now = kStart;
    seconds off{0};
    KnownTime known;
};

} // namespace

TEST_F(KnownTimes, FollowsTheTimeThatPasses) {
    EXPECT_EQ(sure(), kReleased);
    now += hours{3};
    EXPECT_EQ(sure(), kReleased + hours{3}) << "not yet the clock";
    for (int i = 0; i < 40; ++i) {
        now += 300ms;
        sure();
    }
    EXPECT_EQ(sure(), kReleased + hours{3} + seconds{12}) << "to the second, however often it is asked";
}

TEST_F(KnownTimes, BelievesAClockThatHasKeptItsPaceForADay) {
    now += hours{23};
    EXPECT_LT(sure(), clock());
    now += hours{1};
    EXPECT_EQ(sure(), clock());
    now += hours{2};
    EXPECT_EQ(sure(), clock());
}

TEST_F(KnownTimes, AClockThatIsSetIsBelievedADayLater) {
    now += hours{30};
    EXPECT_EQ(sure(), clock());
    const auto before = clock();
    off = hours{24 * 365 * 40};
    EXPECT_EQ(sure(), before) << "seen at once, at the very use";
    now += hours{20};
    EXPECT_EQ(sure(), before + hours{20});
    off = {};
    EXPECT_EQ(sure(), before + hours{20});
    EXPECT_EQ(sure(), clock()) << "nothing is left of it";
    off = hours{24 * 365};
    known.observe(clock(), now);
    now += hours{24};
    EXPECT_EQ(sure(), clock()) << "for a day: it must have been right";
}

TEST_F(KnownTimes, NeverGoesBack) {
    now += hours{24};
    const auto was = sure();
    off = -hours{24 * 365};
    now += hours{30};
    EXPECT_EQ(sure(), was + hours{30});
    begin(was);
    EXPECT_EQ(sure(), was);
    begin(WallTime{});
    EXPECT_EQ(sure(), kReleased) << "a RESET forgets, but nobody lived before";
}

TEST_F(KnownTimes, ARestartBeginsTheTrialAnew) {
    now += hours{23};
    begin(sure());
    now += hours{23};
    EXPECT_LT(sure(), clock());
    EXPECT_EQ(sure(), kReleased + hours{46});
}

} // namespace ocfsecd::svr
