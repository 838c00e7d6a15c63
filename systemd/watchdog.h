#pragma once
// Tells the service manager that the daemon lives, only while both the loop and the worker move (L9.9).

#include "systemd/loop.h"

namespace ocfsecd::systemd {

class Watchdog {
public:
    /// Does nothing when the unit has no WatchdogSec=. `healthy` says whether everything beside the loop moves; that
    /// the loop turns is proven by being asked at all.
    Watchdog(Loop& loop, std::function<bool()> healthy);
    bool enabled() const { return period_ > Duration{0}; }
    Duration period() const { return period_; } ///< half of WATCHDOG_USEC

private:
    void feed();

    Loop& loop_;
    std::function<bool()> healthy_;
    Duration period_{0};
    TimerSource timer_;
};

} // namespace ocfsecd::systemd
