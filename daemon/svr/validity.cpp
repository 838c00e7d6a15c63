#include "svr/validity.h"

#include <algorithm>
#include <fmt/format.h>
#include <libical/ical.h>
#include <memory>

namespace ocfsecd::svr {

namespace {

using std::chrono::seconds;

struct Period {
    WallTime start, end;
    seconds span() const { return end - start; }
};

struct FreeIterator {
    void operator()(icalrecur_iterator* iterator) const { icalrecur_iterator_free(iterator); }
};

icaltimetype icalTimeOf(WallTime time) {
    return icaltime_from_timet_with_zone(time.time_since_epoch().count(), 0, icaltimezone_get_utc_timezone());
}

WallTime wallTimeOf(const icaltimetype& time) {
    return WallTime{seconds{icaltime_as_timet_with_zone(time, icaltimezone_get_utc_timezone())}};
}

/// "20260101T080000Z": a local time would mean another moment on each gateway.
std::optional<WallTime> readTime(std::string_view text) {
    constexpr std::string_view shape = "ddddddddTddddddZ";
    const auto fits = [](char c, char wanted) { return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted; };
    if (text.size() != shape.size() || !std::ranges::equal(text, shape, fits))
        return std::nullopt;
    const auto time = icaltime_from_string(std::string{text}.c_str());
    if (icaltime_is_null_time(time) || icaltime_compare(icaltime_normalize(time), time) != 0 || time.year < 1970 ||
        time.day != icaltime_normalize(time).day)
        return std::nullopt;
    return wallTimeOf(time);
}

std::optional<Period> readPeriod(std::string_view text) {
    const auto slash = text.find('/');
    if (text.size() > kMaxPeriodText || slash == std::string_view::npos)
        return std::nullopt;
    const auto start = readTime(text.substr(0, slash));
    if (!start)
        return std::nullopt;
    const auto rest = text.substr(slash + 1);
    if (const auto end = readTime(rest))
        return *end > *start ? std::optional{Period{*start, *end}} : std::nullopt;
    if (!rest.starts_with('P'))
        return std::nullopt;
    const auto duration = icaldurationtype_from_string(std::string{rest}.c_str());
    if (icaldurationtype_is_bad_duration(duration) || icaldurationtype_as_int(duration) <= 0)
        return std::nullopt;
    return Period{*start, *start + seconds{icaldurationtype_as_int(duration)}};
}

std::optional<icalrecurrencetype> readRule(std::string_view text) {
    icalerror_set_errors_are_fatal(0);
    if (text.size() > kMaxRecurrenceText)
        return std::nullopt;
    if (constexpr std::string_view prefix = "RRULE:"; text.starts_with(prefix))
        text.remove_prefix(prefix.size());
    const auto rule = icalrecurrencetype_from_string(std::string{text}.c_str());
    switch (rule.freq) {
    case ICAL_DAILY_RECURRENCE:
    case ICAL_WEEKLY_RECURRENCE:
    case ICAL_MONTHLY_RECURRENCE:
    case ICAL_YEARLY_RECURRENCE:
        break;
    default: // unreadable, or more frequent than a gateway should follow
        return std::nullopt;
    }
    return rule.count >= 0 && rule.count <= kMaxRecurrenceCount && rule.interval > 0 ? std::optional{rule}
                                                                                     : std::nullopt;
}

/// Does an occurrence that began within the last span still run?
bool recursAt(const Period& period, icalrecurrencetype rule, WallTime at) {
    if (at < period.start)
        return false;
    // The iterator must not look for occurrences that are still to come: a rule may have none for centuries.
    const auto until = icalTimeOf(at);
    if (icaltime_is_null_time(rule.until) || icaltime_compare(rule.until, until) > 0)
        rule.until = until;
    const std::unique_ptr<icalrecur_iterator, FreeIterator> iterator{
        icalrecur_iterator_new(rule, icalTimeOf(period.start))};
    if (!iterator)
        return false;
    const auto earliest = std::max(period.start, at - period.span() + seconds{1});
    if (rule.count == 0)
        icalrecur_iterator_set_start(iterator.get(), icalTimeOf(earliest));
    for (;;) {
        const auto next = icalrecur_iterator_next(iterator.get());
        if (icaltime_is_null_time(next) || wallTimeOf(next) > at)
            return false;
        if (wallTimeOf(next) >= earliest)
            return true;
    }
}

bool isWithinOne(const Validity& validity, WallTime at) {
    const auto period = readPeriod(validity.period);
    if (!period)
        return false;
    if (validity.recurrence.empty())
        return at >= period->start && at < period->end;
    return std::ranges::any_of(validity.recurrence, [&](const std::string& text) {
        const auto rule = readRule(text);
        return rule && recursAt(*period, *rule, at);
    });
}

} // namespace

Result<void> checkValidity(const Validity& validity) {
    if (!readPeriod(validity.period))
        return Failure{Reason::malformed, "a validity period cannot be read",
                       "send start/end or start/duration in UTC, such as 20260101T080000Z/PT10H"};
    for (const auto& text : validity.recurrence)
        if (!readRule(text))
            return Failure{Reason::malformed, "a recurrence of a validity cannot be honoured",
                           fmt::format("send an RFC 5545 rule that is daily, weekly, monthly or yearly, with COUNT at "
                                       "most {}, such as FREQ=WEEKLY;BYDAY=MO,TU",
                                       kMaxRecurrenceCount)};
    return {};
}

bool isWithin(std::span<const Validity> validity, WallTime at) {
    return validity.empty() ||
           std::ranges::any_of(validity, [at](const Validity& one) { return isWithinOne(one, at); });
}

} // namespace ocfsecd::svr
