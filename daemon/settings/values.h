#pragma once
// The texts of settings and what they mean. A failure's `what` says what a right value looks like.

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ocfsecd::settings {

/// systemd's time spans: "15min", "2s", "300ms", "1min 30s"; a bare number is seconds.
Result<Duration> parseSpan(std::string_view text);
std::string writeSpan(Duration span); ///< the shortest such text

/// Decimal, or hexadecimal after 0x.
Result<std::uint64_t> parseNumber(std::string_view text);
/// Digits with an optional fraction.
Result<double> parseFactor(std::string_view text);
/// systemd's booleans.
Result<bool> parseFlag(std::string_view text);
/// Printable UTF-8 of 1 to `most` octets.
Result<std::string> parseText(std::string_view text, std::size_t most);
std::vector<std::string> parseWords(std::string_view text);

} // namespace ocfsecd::settings
