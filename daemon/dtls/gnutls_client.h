#pragma once
// The client side on GnuTLS: chooses its key by the server's raw hint (L2.5).

#include "dtls/session.h"

namespace ocfsecd::dtls {

/// The first flight is in `out`.
std::unique_ptr<Session> makeGnutlsClient(ClientParameters parameters, TimePoint now, Output& out);

} // namespace ocfsecd::dtls
