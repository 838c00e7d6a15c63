#pragma once
// The table of exit codes at the end of a program's help.

#include <span>
#include <string>
#include <string_view>

namespace ocfsecd::cli {

struct ExitCode {
    int code;
    std::string_view meaning;
};

std::string exitCodeHelp(std::span<const ExitCode> codes);

} // namespace ocfsecd::cli
