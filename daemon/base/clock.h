#pragma once
// Time as protocol code sees it: always an argument.

#include <chrono>
#include <optional>

namespace ocfsecd {

using TimePoint = std::chrono::steady_clock::time_point; ///< CLOCK_MONOTONIC
using Duration = std::chrono::milliseconds;
using namespace std::chrono_literals;

/// The earlier of two optional deadlines.
inline std::optional<TimePoint> earlier(std::optional<TimePoint> a, std::optional<TimePoint> b) {
    if (!a)
        return b;
    return b && *b < *a ? b : a;
}

} // namespace ocfsecd
