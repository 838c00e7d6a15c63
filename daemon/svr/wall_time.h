#pragma once
// Calendar time as the rules see it: always an argument, never earlier than the device once was sure of.

#include "svr/state.h"

#include <algorithm>
#include <chrono>

namespace ocfsecd::svr {

using WallTime = std::chrono::sys_seconds; ///< UTC

/// When this version was written: whoever runs it lives later. It moves with each release.
inline constexpr WallTime kReleased = std::chrono::sys_days{std::chrono::year{2026} / std::chrono::November / 1};

/// Where calendar time comes from; tests set it.
class WallClock {
public:
    virtual ~WallClock() = default;
    virtual WallTime now() const = 0;
};

/// The machine's clock. Gateways without a battery start in the past, which is what lastKnownGood is for.
class SystemWallClock final : public WallClock {
public:
    WallTime now() const override { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }
};

/// The time rules are judged by: the clock's, or the last known good where the clock is behind it. A clock that is
/// ahead is followed for as long as it says so; see known_time.h for what stays of it.
inline WallTime effectiveTime(WallTime clock, const DeviceState& state) {
    return std::max({clock, WallTime{std::chrono::seconds{state.lastKnownGood}}, kReleased});
}

} // namespace ocfsecd::svr
