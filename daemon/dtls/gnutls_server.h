#pragma once
// The server side of 0xC037 on GnuTLS: waits for the key of the identity a client names (L2.10).

#include "dtls/session.h"

#include <gnutls/dtls.h>

namespace ocfsecd::dtls {

struct GnutlsServerParameters {
    Suite suite = Suite::none;
    Bytes hint;                         ///< raw, without a zero octet: GnuTLS's setter takes a C string (L2.2)
    gnutls_dtls_prestate_st prestate{}; ///< of the verified cookie
    Timers timers;
    std::size_t maxHeldDatagrams = 8; ///< kept in order while the key is being fetched or the signature made
    std::shared_ptr<const CertificateIdentity> certificates; ///< certificate suites: never null
};

/// Expects the cookie-valid ClientHello datagram as its first feed().
std::unique_ptr<Session> makeGnutlsServer(GnutlsServerParameters parameters, TimePoint now);

} // namespace ocfsecd::dtls
