#pragma once
// Permissions of an access control entry as people write them (facts 3.1).

#include <optional>
#include <string>
#include <string_view>

namespace ocfsecd::obt {

/// Letters of "CRUDN" in any order and case ("RU"), or the number 0 … 31. Nothing for anything else.
std::optional<int> parsePermission(std::string_view text);
/// "CRUDN" letters; "-" for 0.
std::string permissionText(int permission);

} // namespace ocfsecd::obt
