#pragma once
// Sockets handed over by the service manager, by name (FileDescriptorName=).

#include "base/result.h"
#include "systemd/fd.h"

#include <map>
#include <string>
#include <vector>

namespace ocfsecd::systemd {

/// Takes the descriptors over (close-on-exec) and clears the environment variables; empty without socket activation.
/// A name may stand for several: one per address family.
Result<std::map<std::string, std::vector<Fd>>> takeActivationSockets();

} // namespace ocfsecd::systemd
