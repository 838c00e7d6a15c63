#pragma once
// Reads the PSK identity from a client's plaintext ClientKeyExchange, before the TLS library sees the message: the
// library's key callback cannot wait (L2.6), the key may have to come from the TPM (L2.10).

#include "base/bytes.h"

#include <bitset>

namespace ocfsecd::dtls {

class PskIdentityPeek {
public:
    enum class Found { nothing, identity, tooLong };

    /// Looks at one datagram. `tooLong`: a message or identity beyond every limit, to be treated as unknown.
    Found look(ByteView datagram);
    /// The raw identity, after `Found::identity`.
    const Bytes& identity() const { return identity_; }

private:
    // Identity (facts 5.4: at most 33 octets in OCF; L2.1: more than 128 must be refused by us), its length field, and
    // a point of any curve a client may try.
    static constexpr std::size_t kMaxIdentity = 128;
    static constexpr std::size_t kMaxMessage = 2 + kMaxIdentity + 1 + 255;

    Found complete(ByteView message);

    Bytes identity_;
    Bytes message_; ///< only while a fragmented message is being put together
    std::bitset<kMaxMessage> have_;
    std::uint16_t sequence_ = 0;
};

} // namespace ocfsecd::dtls
