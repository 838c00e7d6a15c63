#pragma once
// Stateless cookies (RFC 6347 section 4.2.1): proves that a peer receives at its address before anything is kept for
// it.

#include "base/address.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/secret_bytes.h"

#include <gnutls/dtls.h>

namespace ocfsecd::dtls {

class CookieJar {
public:
    enum class Verdict { valid, wanting, malformed };

    CookieJar(Random& random, TimePoint now);
    /// Looks at a ClientHello datagram. `valid` fills `prestate`, the public counters a session starts from (L4.2).
    Verdict verify(const Address& peer, ByteView clientHello, TimePoint now, gnutls_dtls_prestate_st& prestate);
    /// The HelloVerifyRequest that answers it; smaller than every ClientHello (L4.1).
    Bytes request(const Address& peer, ByteView clientHello, TimePoint now);

private:
    void rotate(TimePoint now);

    Random& random_;
    SecretBytes current_;
    SecretBytes previous_; ///< still honoured: a cookie lives one to two periods
    TimePoint rotateAt_;
};

} // namespace ocfsecd::dtls
