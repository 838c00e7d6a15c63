#include "systemd/watchdog.h"

#include "systemd/notify.h"

#include <algorithm>
#include <systemd/sd-daemon.h>

namespace ocfsecd::systemd {

Watchdog::Watchdog(Loop& loop, std::function<bool()> healthy) : loop_{loop}, healthy_{std::move(healthy)} {
    std::uint64_t usec = 0;
    if (sd_watchdog_enabled(0, &usec) <= 0)
        return;
    period_ = std::max(std::chrono::floor<Duration>(std::chrono::microseconds{usec / 2}), Duration{1});
    timer_ = TimerSource{loop_, [this] { feed(); }};
    timer_.arm(loop_.now());
}

void Watchdog::feed() {
    if (healthy_())
        notify::watchdog();
    timer_.arm(loop_.now() + period_); // asked again even when sick: a worker may recover before the manager acts
}

} // namespace ocfsecd::systemd
