#pragma once
// A server association behind a verified cookie, on the engine that can do it.

#include "dtls/gnutls_server.h"

#include "base/random.h"

namespace ocfsecd::dtls {

using ServerParameters = GnutlsServerParameters;

/// True for 0xFF00, which no library has, and for 0xC037 with a zero octet in the hint (L2.2).
bool runsOnOwnEngine(Suite suite, ByteView hint);

/// Expects the cookie-valid ClientHello datagram as its first feed(). `random` must outlive the session.
std::unique_ptr<Session> makeServerSession(ServerParameters parameters, Random& random, TimePoint now);

} // namespace ocfsecd::dtls
