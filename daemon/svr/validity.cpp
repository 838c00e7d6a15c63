#include "svr/validity.h"

#include "svr/properties.h"
#include "svr/recurrence.h"

#include <algorithm>
#include <fmt/format.h>
#include <libical/ical.h>

namespace ocfsecd::svr {

namespace {

using std::chrono::seconds;

struct Period {
    WallTime start, end;
    seconds span() const { return end - start; }
};

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
    if (text.size() > kMaxPeriodText || !isPlainText(viewOf(text)) || slash == std::string_view::npos)
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

std::optional<Recurrence> readRule(std::string_view text) {
    if (text.size() > kMaxRecurrenceText || !isPlainText(viewOf(text)))
        return std::nullopt;
    if (constexpr std::string_view prefix = "RRULE:"; text.starts_with(prefix))
        text.remove_prefix(prefix.size());
    return Recurrence::read(text);
}

/// Does an occurrence that began within the last span still run?
bool recursAt(const Period& period, const Recurrence& rule, WallTime at) {
    const auto earliest = std::max(period.start, at - period.span() + seconds{1});
    const auto timeOfDay = period.start - std::chrono::floor<std::chrono::days>(period.start);
    for (auto day = std::chrono::floor<std::chrono::days>(earliest); day + timeOfDay <= at; day += std::chrono::days{1})
        if (day + timeOfDay >= earliest && rule.occursOn(day, period.start))
            return true;
    return false;
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
    const auto period = readPeriod(validity.period);
    if (!period)
        return Failure{Reason::malformed, "a validity period cannot be read",
                       "send start/end or start/duration in UTC, such as 20260101T080000Z/PT10H"};
    if (!validity.recurrence.empty() && period->span() > kMaxRecurringSpan)
        return Failure{Reason::malformed, "a period that recurs lasts longer than a year", "send a shorter period"};
    for (const auto& text : validity.recurrence)
        if (const auto rule = readRule(text); !rule || !rule->endsInTime(period->start))
            return Failure{Reason::malformed, "a recurrence of a validity cannot be honoured",
                           fmt::format("send an RFC 5545 rule that is daily, weekly, monthly or yearly, of BYMONTH, "
                                       "BYMONTHDAY and BYDAY, with COUNT at most {} and within 20 years, such as "
                                       "FREQ=WEEKLY;BYDAY=MO,TU",
                                       kMaxRecurrenceCount)};
    return {};
}

bool isWithin(std::span<const Validity> validity, WallTime at) {
    return validity.empty() ||
           std::ranges::any_of(validity, [at](const Validity& one) { return isWithinOne(one, at); });
}

Result<void> checkPeriod(const Credential& credential) {
    if (credential.period.empty())
        return {};
    if (credential.type != credtype::symmetricPairWise)
        return Failure{Reason::malformed, "the period of this kind of credential would not be followed",
                       "leave it out; certificates say themselves how long they hold"};
    if (!readPeriod(credential.period))
        return Failure{Reason::malformed, "the period of a credential cannot be read",
                       "send start/end or start/duration in UTC, such as 20260101T080000Z/P365D"};
    return {};
}

bool isWithinPeriod(const std::string& period, WallTime at) {
    return period.empty() || isWithinOne({period, {}}, at);
}

const Credential* usablePsk(const DeviceState& state, const Uuid& subject, WallTime at) {
    return findPsk(state, subject,
                   [at](const Credential& credential) { return isWithinPeriod(credential.period, at); });
}

} // namespace ocfsecd::svr
