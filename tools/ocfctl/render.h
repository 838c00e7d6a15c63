#pragma once
// A snapshot as text for people and as JSON for scripts.

#include "tools/ocfctl/daemon_proxy.h"

#include <nlohmann/json_fwd.hpp>

namespace ocfsecd::ctl {

std::string textOf(const Snapshot& snapshot);
/// Names and meanings of the members are in ocfctl(1).
nlohmann::json jsonOf(const Snapshot& snapshot);
nlohmann::json jsonOf(const std::optional<dbus::CertificateView>& certificate); ///< null: there is none

} // namespace ocfsecd::ctl
