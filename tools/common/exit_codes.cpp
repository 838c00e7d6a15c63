#include "tools/common/exit_codes.h"

#include <fmt/format.h>

namespace ocfsecd::cli {

std::string exitCodeHelp(std::span<const ExitCode> codes) {
    std::string out = "Exit codes:\n";
    for (const auto& row : codes)
        out += fmt::format("  {}  {}\n", row.code, row.meaning);
    return out;
}

} // namespace ocfsecd::cli
