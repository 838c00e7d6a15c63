#pragma once
// Queries of requests to secure and core resources (facts 2.0): keys compare case-insensitively.

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ocfsecd::svr {

bool sameIgnoringCase(std::string_view a, std::string_view b);
/// The value of the first item with this key; "" for a key without "=".
std::optional<std::string_view> queryValue(const std::vector<std::string>& query, std::string_view key);
/// Every key is one of these, else Reason::malformed: a filter nobody understands must not widen a DELETE.
Result<void> onlyKeys(const std::vector<std::string>& query, std::span<const std::string_view> keys);
/// Which of the supported interfaces `if=` names; the first without one. Reason::unsupportedInterface.
Result<std::string_view> selectInterface(const std::vector<std::string>& query,
                                         std::span<const std::string_view> supported);
/// Decimal digits only, at most 2^31-1.
std::optional<std::int64_t> queryNumber(std::string_view text);

} // namespace ocfsecd::svr
