#pragma once
// How far the time a device is sure of (`lastKnownGood`) may move ahead. It never moves back, so a clock that is once
// far in the future must not move it: every certificate would be expired from then on. Pure.

#include "base/clock.h"
#include "svr/wall_time.h"

namespace ocfsecd::svr {

/// What is stored follows the time that passes, never a clock that jumps. Only a clock that has kept pace with the
/// monotonic one for `kBelievedAfter` is believed: long enough for whoever set it, or the network that did, to correct
/// what was wrong. A clock that lies for longer is believed too; a RESET forgets what it said.
class KnownTime {
public:
    static constexpr auto kBelievedAfter = std::chrono::hours{24};
    static constexpr auto kPace = std::chrono::seconds{10}; ///< more apart than this: the clock was set

    /// A start-up or a RESET: `stored` is the last known good time, kReleased or earlier where there is none.
    void begin(WallTime stored, WallTime clock, TimePoint now);
    /// Now and then, so that a jump is seen.
    void observe(WallTime clock, TimePoint now);
    /// The time the device is sure of, to be stored.
    WallTime sure(WallTime clock, TimePoint now);

private:
    static std::chrono::seconds apart(WallTime clock, TimePoint now);

    WallTime sure_ = kReleased; ///< at …
    TimePoint at_{};
    std::chrono::seconds apart_{0}; ///< the clock and the monotonic one, since …
    TimePoint since_{};
};

} // namespace ocfsecd::svr
