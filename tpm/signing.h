#pragma once
// P-256 signing keys that the TPM made or took in and alone can use.

#include "tpm/parent.h"
#include "tpm/session.h"
#include "tpm/tpm.h"

namespace ocfsecd::tpm {

/// The key used last stays loaded: a load takes five to ten times as long as a signature.
class Signing {
public:
    Signing(Connection& connection, const Parent& parent, Sessions& sessions)
        : connection_{connection}, parent_{parent}, sessions_{sessions} {}

    Result<SigningKey> create(const SecretBytes& auth);
    Result<SigningKey> import(const SecretBytes& scalar, const PublicPoint& point);
    Result<Bytes> sign(const SigningKey& key, const SecretBytes& auth, ByteView digest);

private:
    Result<ESYS_TR> load(const SigningKey& key);
    void unload();

    Connection& connection_;
    const Parent& parent_;
    Sessions& sessions_;
    Transient loaded_;
    Bytes loadedKey_; ///< private area of what is loaded
    std::uint64_t failuresSeen_ = 0;
};

} // namespace ocfsecd::tpm
