#pragma once
// The public half of a P-256 key the TPM made.

#include "base/bytes.h"
#include "base/result.h"

#include <array>

namespace ocfsecd::tpm {

/// Both coordinates, 32 octets each, of a marshalled TPM2B_PUBLIC. Reason::stateCorrupt for anything else.
Result<std::array<std::uint8_t, 64>> publicPoint(ByteView publicArea);

} // namespace ocfsecd::tpm
