#include "svr/recurrence.h"

#include <algorithm>
#include <cstdlib>
#include <libical/ical.h>
#include <memory>
#include <string>

namespace ocfsecd::svr {

namespace {

using namespace std::chrono;

template <std::size_t N>
bool isAbsent(const short (&part)[N]) {
    return part[0] == ICAL_RECURRENCE_ARRAY_MAX;
}

template <std::size_t N, class Each>
void forEach(const short (&part)[N], Each each) {
    for (std::size_t at = 0; at < N && part[at] != ICAL_RECURRENCE_ARRAY_MAX; ++at)
        each(part[at]);
}

/// libical numbers Sunday 1 … Saturday 7.
std::optional<weekday> weekdayOf(int number) {
    if (number < ICAL_SUNDAY_WEEKDAY || number > ICAL_SATURDAY_WEEKDAY)
        return std::nullopt;
    return weekday{static_cast<unsigned>(number - ICAL_SUNDAY_WEEKDAY)};
}

/// The how-manieth of its weekday in [from, to] a day is, counted from the start, and negative from the end.
std::pair<int, int> ordinalsOf(sys_days day, sys_days from, sys_days to) {
    return {static_cast<int>((day - from).count() / 7) + 1, -static_cast<int>((to - day).count() / 7) - 1};
}

struct Free {
    void operator()(char* text) const { std::free(text); }
};

} // namespace

std::optional<Recurrence> Recurrence::read(std::string_view text) {
    icalerror_set_errors_are_fatal(0);
    const auto rule = icalrecurrencetype_from_string(std::string{text}.c_str());
    const std::unique_ptr<char, Free> scale{rule.rscale}; // ours, as libical has it
    Recurrence out;
    switch (rule.freq) {
    case ICAL_DAILY_RECURRENCE:
        out.frequency_ = Frequency::daily;
        break;
    case ICAL_WEEKLY_RECURRENCE:
        out.frequency_ = Frequency::weekly;
        break;
    case ICAL_MONTHLY_RECURRENCE:
        out.frequency_ = Frequency::monthly;
        break;
    case ICAL_YEARLY_RECURRENCE:
        out.frequency_ = Frequency::yearly;
        break;
    default: // unreadable, or more frequent than a gateway should follow
        return std::nullopt;
    }
    const bool known = isAbsent(rule.by_second) && isAbsent(rule.by_minute) && isAbsent(rule.by_hour) &&
                       isAbsent(rule.by_year_day) && isAbsent(rule.by_week_no) && isAbsent(rule.by_set_pos) && !scale &&
                       rule.skip == ICAL_SKIP_OMIT;
    if (!known || rule.interval < 1 || rule.count < 0 || rule.count > kMaxRecurrenceCount)
        return std::nullopt;
    out.interval_ = rule.interval;
    out.count_ = rule.count;
    if (!icaltime_is_null_time(rule.until)) {
        if (rule.until.is_date || !icaltime_is_utc(rule.until)) // a local time would mean another on each gateway
            return std::nullopt;
        out.until_ = WallTime{seconds{icaltime_as_timet(rule.until)}};
    }
    if (const auto start = weekdayOf(rule.week_start))
        out.weekStart_ = *start;
    forEach(rule.by_month, [&](short month) { out.months_.push_back(static_cast<unsigned>(month)); });
    forEach(rule.by_month_day, [&](short day) { out.monthDays_.push_back(day); });
    bool readable = true;
    forEach(rule.by_day, [&](short code) {
        const auto day = weekdayOf(icalrecurrencetype_day_day_of_week(code));
        readable = readable && day;
        if (day)
            out.weekDays_.push_back({*day, icalrecurrencetype_day_position(code)});
    });
    return readable && out.isWellFormed() ? std::optional{std::move(out)} : std::nullopt;
}

bool Recurrence::isWellFormed() const {
    const bool ordinals = std::ranges::any_of(weekDays_, [](const WeekDay& wanted) { return wanted.ordinal != 0; });
    if (ordinals && (frequency_ == Frequency::daily || frequency_ == Frequency::weekly || !monthDays_.empty()))
        return false; // RFC 5545 gives it no meaning
    if (frequency_ == Frequency::weekly && !monthDays_.empty())
        return false;
    if (frequency_ == Frequency::yearly && !monthDays_.empty() && months_.empty())
        return false; // RFC 5545 means every month, libical only that of the first occurrence
    return std::ranges::all_of(months_, [](unsigned month) { return month >= 1 && month <= 12; });
}

bool Recurrence::occursOn(sys_days day, WallTime start) const {
    const auto first = floor<days>(start);
    if (day < first || !fits(day, first) || (until_ && day + (start - first) > *until_))
        return false;
    return count_ == 0 || countUpTo(day, start) <= count_;
}

bool Recurrence::endsInTime(WallTime start) const {
    return count_ == 0 || countUpTo(floor<days>(start) + kMaxCountedDays, start) >= count_;
}

/// Occurrences from the first to `day`, both included; no more than one beyond COUNT are counted.
int Recurrence::countUpTo(sys_days day, WallTime start) const {
    const auto first = floor<days>(start);
    int count = 0;
    for (auto at = first, end = std::min(day, first + kMaxCountedDays); at <= end && count <= count_; at += days{1})
        count += fits(at, first) ? 1 : 0;
    return day > first + kMaxCountedDays ? count + 1 : count; // all are past: read() saw to it
}

bool Recurrence::fits(sys_days day, sys_days first) const {
    const year_month_day date{day};
    const bool monthFits =
        months_.empty() || std::ranges::find(months_, static_cast<unsigned>(date.month())) != months_.end();
    return monthFits && inInterval(day, first) && dayFits(day, first);
}

bool Recurrence::inInterval(sys_days day, sys_days first) const {
    const year_month_day date{day}, from{first};
    switch (frequency_) {
    case Frequency::daily:
        return (day - first).count() % interval_ == 0;
    case Frequency::weekly: {
        const auto weekOf = [this](sys_days of) { return of - (weekday{of} - weekStart_); };
        return (weekOf(day) - weekOf(first)).count() / 7 % interval_ == 0;
    }
    case Frequency::monthly:
        return (date.year() / date.month() - from.year() / from.month()).count() % interval_ == 0;
    case Frequency::yearly:
        return (date.year() - from.year()).count() % interval_ == 0;
    }
    return false;
}

bool Recurrence::dayFits(sys_days day, sys_days first) const {
    const year_month_day date{day}, from{first};
    if (!monthDays_.empty()) {
        const sys_days lastDay = date.year() / date.month() / last;
        const auto length = static_cast<int>(static_cast<unsigned>(year_month_day{lastDay}.day()));
        const auto number = static_cast<int>(static_cast<unsigned>(date.day()));
        const bool isOne = std::ranges::any_of(
            monthDays_, [=](int wanted) { return wanted == number || wanted == number - length - 1; });
        return isOne && (weekDays_.empty() || weekDayFits(day));
    }
    if (!weekDays_.empty())
        return weekDayFits(day);
    switch (frequency_) {
    case Frequency::daily:
        return true;
    case Frequency::weekly:
        return weekday{day} == weekday{first};
    case Frequency::monthly:
        return date.day() == from.day();
    case Frequency::yearly:
        return date.day() == from.day() && (!months_.empty() || date.month() == from.month());
    }
    return false;
}

bool Recurrence::weekDayFits(sys_days day) const {
    const year_month_day date{day};
    const bool ofTheYear = frequency_ == Frequency::yearly && months_.empty();
    const sys_days from = ofTheYear ? date.year() / January / 1 : date.year() / date.month() / 1;
    const sys_days to = ofTheYear ? date.year() / December / 31 : date.year() / date.month() / last;
    const auto [ordinal, fromEnd] = ordinalsOf(day, from, to);
    const auto today = weekday{day};
    for (const auto& wanted : weekDays_)
        if (wanted.day == today && (wanted.ordinal == 0 || wanted.ordinal == ordinal || wanted.ordinal == fromEnd))
            return true;
    return false;
}

} // namespace ocfsecd::svr
