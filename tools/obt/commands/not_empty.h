#pragma once
// A check for options that narrow something: a script's empty variable must not widen it.

#include <CLI/CLI.hpp>

namespace ocfsecd::obt {

inline const CLI::Validator kNotEmpty{
    [](std::string& text) { return text.empty() ? std::string{"may not be empty"} : std::string{}; }, ""};

} // namespace ocfsecd::obt
