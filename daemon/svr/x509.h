#pragma once
// GnuTLS's X.509 handles with an owner each.

#include "svr/certificate.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <new>

namespace ocfsecd::svr::x509 {

/// A handle that `Init` makes and `Deinit` frees. Initialising fails only without memory.
template <class Handle, int (*Init)(Handle*), void (*Deinit)(Handle)>
class Owned {
public:
    Owned() {
        if (Init(&handle_) < 0)
            throw std::bad_alloc{};
    }
    ~Owned() { Deinit(handle_); }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    Handle get() const { return handle_; }

private:
    Handle handle_{};
};
using CertificateHandle = Owned<gnutls_x509_crt_t, gnutls_x509_crt_init, gnutls_x509_crt_deinit>;
using RevocationListHandle = Owned<gnutls_x509_crl_t, gnutls_x509_crl_init, gnutls_x509_crl_deinit>;
using PublicKeyHandle = Owned<gnutls_pubkey_t, gnutls_pubkey_init, gnutls_pubkey_deinit>;

/// Octets that GnuTLS allocates and we free.
class Datum {
public:
    Datum() = default;
    ~Datum() { gnutls_free(datum_.data); }
    Datum(const Datum&) = delete;
    Datum& operator=(const Datum&) = delete;
    gnutls_datum_t* fill() { return &datum_; }
    ByteView view() const { return {datum_.data, datum_.size}; }

private:
    gnutls_datum_t datum_{nullptr, 0};
};

/// The point of a valid key on secp256r1; nothing for any other key.
std::optional<PublicKey> pointOf(gnutls_pubkey_t key);

/// A view; GnuTLS does not write through it.
inline gnutls_datum_t datumOf(ByteView octets) {
    return {const_cast<unsigned char*>(octets.data()), static_cast<unsigned>(octets.size())};
}

} // namespace ocfsecd::svr::x509
