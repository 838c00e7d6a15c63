#pragma once
// What the listener must know of a ClientHello to choose suites, engine and association.

#include "dtls/session.h"

#include <array>

namespace ocfsecd::dtls {

struct ClientHello {
    std::array<std::uint8_t, 32> random{}; ///< tells a retransmission from a new attempt
    std::uint64_t recordSequence = 0;
    bool offersDtls12 = false;
    bool offersP256 = true; ///< false only when it names groups and secp256r1 is none of them (RFC 8422 section 4)
    std::vector<std::uint16_t> suites;

    bool offers(Suite suite) const;
};

/// Reads a datagram whose first record is a plaintext ClientHello in one piece; nothing for anything else.
std::optional<ClientHello> readClientHello(ByteView datagram);

} // namespace ocfsecd::dtls
