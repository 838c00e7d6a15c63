#pragma once
// A secret that a caller hands over as an open file: read straight into locked memory.

#include "base/result.h"
#include "base/secret_bytes.h"

namespace ocfsecd::dbus {

/// From the beginning to the end, of a regular file or memfd: reading anything else might wait for somebody.
/// Reason::malformed, tooLarge, inputOutput.
Result<SharedSecret> readSecretFile(int fd, std::size_t most);

} // namespace ocfsecd::dbus
