#pragma once
// The GnuTLS priority strings of library facts L1: one OCF suite each, DTLS 1.2 and secp256r1, nothing else.

#include "dtls/session.h"

#include <gnutls/gnutls.h>

namespace ocfsecd::dtls {

enum class SuiteFamily { psk, ecdsa };

/// For one suite, or for Suite::none every certificate suite at once, which only a client offers. With a pre-shared key
/// never several: GnuTLS would multiply them into suites nobody asked for (L1.3); and the listener has already chosen.
/// Throws std::logic_error for a suite GnuTLS does not have.
std::string priorityText(Suite suite);
/// Parsed once and shared by every session: an own copy costs 8 kB each (L4.10). Throws when the library refuses it.
gnutls_priority_t sharedPriority(Suite suite);
/// True for the suites that GnuTLS can do.
bool isGnutlsSuite(Suite suite);
SuiteFamily familyOf(Suite suite);
/// True for a suite whose server shows a certificate.
inline bool needsCertificates(Suite suite) {
    return isGnutlsSuite(suite) && familyOf(suite) == SuiteFamily::ecdsa;
}
/// What the library negotiated in this session; Suite::none before the ServerHello.
Suite negotiatedSuite(gnutls_session_t session);

} // namespace ocfsecd::dtls
