#pragma once
// Files that hold no secret and may be anybody's: certificates, requests for them.

#include "base/result.h"

#include <string>

namespace ocfsecd::obt {

/// The whole file; "-" is standard input. Reason::usage when it cannot be read or has more than `limit` octets.
Result<std::string> readPublicFile(const std::string& file, std::size_t limit);

} // namespace ocfsecd::obt
