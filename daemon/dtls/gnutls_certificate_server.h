#pragma once
// The server side of the ECDHE_ECDSA suites on GnuTLS. The part that signs runs elsewhere, because the key may be in a
// TPM and GnuTLS's sign callback cannot say "again" (L3.3, L3.4).

#include "dtls/gnutls_server.h"

namespace ocfsecd::dtls {

/// Expects the cookie-valid ClientHello datagram as its first feed(), which brings Phase::waitingForStep. The step may
/// be run, or dropped, on any thread and after the session is gone; stepDone() of a step that did not run ends the
/// handshake.
std::unique_ptr<Session> makeGnutlsCertificateServer(GnutlsServerParameters parameters, TimePoint now);

} // namespace ocfsecd::dtls
