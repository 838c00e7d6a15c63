#pragma once
// What a handshake that failed means to the user.

#include "base/address.h"
#include "dtls/session.h"

namespace ocfsecd::obt {

/// By what the two sides were to know each other.
enum class Proof { none, key, pin, certificate };

/// `heard`: something answered at all. Reason::timedOut: nobody is there; else who is there was not authenticated, or
/// did not authenticate us.
Failure explainHandshake(const dtls::Close& close, const Address& peer, bool heard, Proof proof);

} // namespace ocfsecd::obt
