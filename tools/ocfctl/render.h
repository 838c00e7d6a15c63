#pragma once
// A snapshot as text for people and as JSON for scripts.

#include "tools/ocfctl/daemon_proxy.h"

#include <nlohmann/json_fwd.hpp>

namespace ocfsecd::ctl {

std::string textOf(const Snapshot& snapshot);
/// Names and meanings of the members are in ocfctl(1).
nlohmann::json jsonOf(const Snapshot& snapshot);

/// What others chose, such as a device's name, must not steer the terminal: control characters become "?".
std::string printable(std::string_view text);

} // namespace ocfsecd::ctl
