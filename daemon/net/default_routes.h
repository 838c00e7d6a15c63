#pragma once
// Which interfaces a default route leaves by, asked of the kernel by rtnetlink (/proc/net is hidden in the sandbox).

#include "base/result.h"

#include <set>

namespace ocfsecd::net {

/// Interface indices, both families, every routing table.
Result<std::set<unsigned>> interfacesWithDefaultRoute();

} // namespace ocfsecd::net
