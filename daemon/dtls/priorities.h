#pragma once
// The GnuTLS priority strings of library facts L1: exactly OCF's suites, DTLS 1.2 and secp256r1, nothing else.

#include "dtls/session.h"

#include <gnutls/gnutls.h>

namespace ocfsecd::dtls {

/// One string cannot say both families: GnuTLS would multiply 0xC023 into it (L1.3).
enum class SuiteFamily { psk, ecdsa };

const char* priorityText(SuiteFamily family);
/// Parsed once and shared by every session: an own copy costs 8 kB each (L4.10). Throws when the library refuses it.
gnutls_priority_t sharedPriority(SuiteFamily family);
/// True for the suites that GnuTLS can do.
bool isGnutlsSuite(Suite suite);
SuiteFamily familyOf(Suite suite);
/// What the library negotiated in this session; Suite::none before the ServerHello.
Suite negotiatedSuite(gnutls_session_t session);

} // namespace ocfsecd::dtls
