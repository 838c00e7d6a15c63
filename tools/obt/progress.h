#pragma once
// What the tool is doing, on stderr, once it takes longer than a second.

#include "base/clock.h"

#include <string>
#include <string_view>

namespace ocfsecd::obt {

inline constexpr Duration kQuietFor = 1s;

class Progress {
public:
    /// On a terminal one line that is rewritten and vanishes; elsewhere one plain line per step. `enabled` false:
    /// silent.
    Progress(bool enabled, bool terminal) : enabled_{enabled}, terminal_{terminal} {}
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void begin(std::string_view step, TimePoint now); ///< another step; the second counts from here
    void tick(TimePoint now);
    void clear(); ///< before anything else is printed

private:
    bool enabled_;
    bool terminal_;
    std::string step_;
    TimePoint since_{};
    bool shown_ = false;
};

} // namespace ocfsecd::obt
