#pragma once
// Recurrences of RFC 5545 as far as a gateway follows them: whether one falls on a day is decided by looking at that
// day alone. An iterator that looks for the next occurrence would search for centuries where a rule has none.

#include "svr/wall_time.h"

#include <optional>
#include <string_view>
#include <vector>

namespace ocfsecd::svr {

inline constexpr int kMaxRecurrenceCount = 1000; ///< COUNT=
/// A rule that counts has to be through within so many days: what one access decision may have to walk.
inline constexpr std::chrono::days kMaxCountedDays{7305};

class Recurrence {
public:
    /// FREQ from DAILY to YEARLY with INTERVAL, COUNT, UNTIL (UTC), WKST, BYMONTH, BYMONTHDAY, BYDAY; nothing for
    /// a rule with another part or that cannot be read.
    static std::optional<Recurrence> read(std::string_view text);

    /// Does an occurrence begin on `day`? The first one may begin at `start`.
    bool occursOn(std::chrono::sys_days day, WallTime start) const;
    /// COUNT is reached soon enough, or there is none.
    bool endsInTime(WallTime start) const;

private:
    struct WeekDay {
        std::chrono::weekday day;
        int ordinal = 0; ///< 2: the second of its month or year, -1: the last; 0: each
    };
    enum class Frequency : std::uint8_t { daily, weekly, monthly, yearly };

    bool isWellFormed() const;
    bool fits(std::chrono::sys_days day, std::chrono::sys_days first) const; ///< apart from COUNT and UNTIL
    bool inInterval(std::chrono::sys_days day, std::chrono::sys_days first) const;
    bool dayFits(std::chrono::sys_days day, std::chrono::sys_days first) const;
    bool weekDayFits(std::chrono::sys_days day) const;
    int countUpTo(std::chrono::sys_days day, WallTime start) const;

    Frequency frequency_ = Frequency::daily;
    int interval_ = 1;
    int count_ = 0; ///< 0: endless
    std::optional<WallTime> until_;
    std::chrono::weekday weekStart_ = std::chrono::Monday;
    std::vector<unsigned> months_;
    std::vector<int> monthDays_; ///< negative: from the month's end
    std::vector<WeekDay> weekDays_;
};

} // namespace ocfsecd::svr
