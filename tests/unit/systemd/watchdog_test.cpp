#include "systemd/watchdog.h"

#include "notify_socket.h"

#include <gtest/gtest.h>

namespace ocfsecd::systemd {
namespace {

class WatchdogTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(manager_.usable());
        ::setenv("WATCHDOG_USEC", "20000", 1);
        ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    }
    void TearDown() override {
        ::unsetenv("WATCHDOG_USEC");
        ::unsetenv("WATCHDOG_PID");
    }

    test::NotifySocket manager_;
    Loop loop_;
};

TEST_F(WatchdogTest, IsFedAtHalfThePeriodWhileAllMoves) {
    int asked = 0;
    Watchdog watchdog{loop_, [&] {
                          if (++asked == 3)
                              loop_.quit();
                          return true;
                      }};
    EXPECT_EQ(watchdog.period(), 10ms);
    loop_.run();
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(manager_.next(), "WATCHDOG=1");
    EXPECT_EQ(manager_.next(), "");
}

TEST_F(WatchdogTest, StarvesWhileTheWorkerHangsAndIsFedAgainWhenItRecovers) {
    int asked = 0;
    Watchdog watchdog{loop_, [&] {
                          EXPECT_EQ(manager_.next(), "") << "fed although the worker hung";
                          if (++asked == 4)
                              loop_.quit();
                          return asked == 4;
                      }};
    loop_.run();
    EXPECT_EQ(manager_.next(), "WATCHDOG=1");
}

TEST_F(WatchdogTest, DoesNothingWhenTheUnitHasNone) {
    ::unsetenv("WATCHDOG_USEC");
    Watchdog watchdog{loop_, [] {
                          ADD_FAILURE() << "asked";
                          return true;
                      }};
    EXPECT_FALSE(watchdog.enabled());
    EXPECT_FALSE(loop_.turn(0ms));
}

TEST_F(WatchdogTest, IgnoresAWatchdogMeantForAnotherProcess) {
    ::setenv("WATCHDOG_PID", "1", 1);
    EXPECT_FALSE((Watchdog{loop_, [] { return true; }}.enabled()));
}

} // namespace
} // namespace ocfsecd::systemd
