#pragma once
// Certificate requests for keys that live in the TPM.

#include "dtls/session.h"
#include "tpm/tpm.h"

#include <string>
#include <string_view>

namespace ocfsecd {

/// PKCS#10 version 1 with this common name as its whole subject and no attributes, ecdsa-with-SHA256, as PEM (facts
/// 6.6). `sign` blocks.
Result<std::string> certificateRequest(std::string_view commonName, const tpm::PublicPoint& key, dtls::SignDigest sign);

} // namespace ocfsecd
