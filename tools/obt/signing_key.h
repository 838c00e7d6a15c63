#pragma once
// A P-256 key pair of this tool's own: that of its certificate authority or that of its identity certificate.

#include "dtls/session.h"
#include "svr/certificate.h"

#include <gnutls/abstract.h>
#include <memory>

namespace ocfsecd::obt {

class SigningKey {
public:
    /// A new one, from the library's generator.
    static SigningKey make();
    /// Of encode(). Reason::stateCorrupt for anything else than one key on secp256r1.
    static Result<SigningKey> decode(ByteView pem);
    /// PKCS#8 without a password (RFC 5958, RFC 7468): for a private file.
    SecretBytes encode() const;

    const svr::PublicKey& publicKey() const { return public_; }
    gnutls_privkey_t handle() const;
    dtls::SignDigest signer() const;

private:
    struct Pair;
    SigningKey(std::shared_ptr<const Pair> pair, const svr::PublicKey& publicKey)
        : pair_{std::move(pair)}, public_{publicKey} {}
    static std::optional<SigningKey> of(std::shared_ptr<const Pair> pair);

    std::shared_ptr<const Pair> pair_;
    svr::PublicKey public_;
};

} // namespace ocfsecd::obt
