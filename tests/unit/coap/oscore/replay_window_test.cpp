#include "coap/oscore/replay_window.h"

#include <gtest/gtest.h>

using ocfsecd::coap::oscore::ReplayWindow;

TEST(OscoreReplayWindow, ANumberIsFreshOnce) {
    ReplayWindow window;
    for (const std::uint64_t n : {5ULL, 3ULL, 4ULL, 39ULL, 8ULL}) {
        EXPECT_TRUE(window.isFresh(n)) << n;
        window.take(n);
        EXPECT_FALSE(window.isFresh(n)) << n;
    }
    EXPECT_FALSE(window.isFresh(7)) << "older than the window";
    EXPECT_TRUE(window.isFresh(20));
}

TEST(OscoreReplayWindow, ZeroIsANumberLikeAnother) {
    ReplayWindow window;
    EXPECT_TRUE(window.isFresh(0));
    window.take(0);
    EXPECT_FALSE(window.isFresh(0));
    EXPECT_TRUE(window.isFresh(1));
}

TEST(OscoreReplayWindow, AFarJumpForgetsWhatIsBehind) {
    ReplayWindow window;
    window.take(1);
    window.take((1ULL << 40) - 1);
    EXPECT_FALSE(window.isFresh(1));
    EXPECT_FALSE(window.isFresh((1ULL << 40) - 1));
    EXPECT_TRUE(window.isFresh((1ULL << 40) - 2));
}
