#pragma once
// When an ACE grants (facts 2.5, 3.3): periods and their recurrences as RFC 5545 writes them, in UTC.

#include "svr/state.h"
#include "svr/wall_time.h"

#include <span>

namespace ocfsecd::svr {

inline constexpr std::size_t kMaxValidities = 8;
inline constexpr std::size_t kMaxRecurrences = 8;
inline constexpr std::size_t kMaxPeriodText = 64;
inline constexpr std::size_t kMaxRecurrenceText = 256;
inline constexpr std::chrono::days kMaxRecurringSpan{366};

/// Reason::malformed for what isWithin() would not honour: a period that is not start/end or start/duration in UTC, a
/// rule that recurrence.h does not read or that counts too far.
Result<void> checkValidity(const Validity& validity);

/// Is `at` inside one of them? With recurrences the period is the first occurrence and the rules repeat it
/// (RFC 5545 section 3.8.5.3); without any entry: always.
bool isWithin(std::span<const Validity> validity, WallTime at);

// The `period` of a credential (facts 2.4): only that of a symmetric pair-wise key is followed.

/// Reason::malformed for a period that would not be honoured.
Result<void> checkPeriod(const Credential& credential);
/// As findPsk(), of the keys that are in their period.
const Credential* usablePsk(const DeviceState& state, const Uuid& subject, WallTime at);
/// `period` of a credential; empty: always (facts 2.4).
bool isWithinPeriod(const std::string& period, WallTime at);

} // namespace ocfsecd::svr
