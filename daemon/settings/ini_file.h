#pragma once
// One INI file: its assignments with their lines.

#include "base/result.h"

#include <filesystem>
#include <functional>
#include <string>

namespace ocfsecd::settings {

struct Assignment {
    std::string_view section;
    std::string_view key;
    std::string_view value;
    unsigned line = 0;
};

/// Calls `take` for each assignment in order; stops at the first failure, of a line or of `take`.
/// Reason::configuration with "FILE:LINE: what is wrong".
Result<void> readIniFile(const std::filesystem::path& file, const std::function<Result<void>(const Assignment&)>& take);

} // namespace ocfsecd::settings
