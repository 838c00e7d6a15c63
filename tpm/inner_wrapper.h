#pragma once
// The inner wrapper of a TPM duplication blob (TPM 2.0 part 1, 23.3.2.3): how a private key made elsewhere travels to
// TPM2_Import.

#include "base/bytes.h"
#include "base/random.h"
#include "base/secret_bytes.h"

namespace ocfsecd::tpm {

struct WrappedKey {
    SecretBytes key; ///< AES-128, the "encryptionKey" of TPM2_Import; it must travel encrypted itself
    Bytes duplicate; ///< content of the TPM2B_PRIVATE
};

/// A P-256 private key without an authorisation value; `name` is the object's (of its public area).
WrappedKey wrapEccScalar(const SecretBytes& scalar, ByteView name, Random& random);

} // namespace ocfsecd::tpm
