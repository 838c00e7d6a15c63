#pragma once
// A server association behind a verified cookie, on the engine that can do it.

#include "dtls/gnutls_server.h"

#include "base/random.h"

namespace ocfsecd::dtls {

using ServerParameters = GnutlsServerParameters;

/// 0xFF00, and 0xC037 with a zero octet in the hint, run on our own engine (L2.2); everything else on GnuTLS.
std::unique_ptr<Session> makeServerSession(ServerParameters parameters, Random& random, TimePoint now);

} // namespace ocfsecd::dtls
