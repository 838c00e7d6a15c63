#pragma once
// A P-256 signing key that lives elsewhere (the TPM), as GnuTLS takes it (L3.1).

#include "dtls/session.h"

#include <gnutls/abstract.h>

namespace ocfsecd::dtls {

class ExternalKey {
public:
    /// `sign` is called on whatever thread uses the key. Throws std::bad_alloc.
    explicit ExternalKey(SignDigest sign);
    ExternalKey(const ExternalKey&) = delete;
    ExternalKey& operator=(const ExternalKey&) = delete;

    gnutls_privkey_t handle() const { return key_.get(); }
    /// Why the last signature was not made.
    const std::optional<Failure>& failure() const { return failure_; }

private:
    struct Deinit {
        void operator()(gnutls_privkey_t key) const { gnutls_privkey_deinit(key); }
    };
    static int sign(gnutls_privkey_t, gnutls_sign_algorithm_t algorithm, void* self, unsigned flags,
                    const gnutls_datum_t* digest, gnutls_datum_t* signature);
    static int describe(gnutls_privkey_t, unsigned flags, void* self);

    SignDigest sign_;
    std::optional<Failure> failure_;
    std::unique_ptr<std::remove_pointer_t<gnutls_privkey_t>, Deinit> key_;
};

/// Copies octets into memory the library will free; false when there is none.
bool giveToLibrary(ByteView from, gnutls_datum_t& to);

} // namespace ocfsecd::dtls
