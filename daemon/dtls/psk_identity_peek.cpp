#include "dtls/psk_identity_peek.h"

#include "dtls/record.h"

#include <algorithm>

namespace ocfsecd::dtls {

PskIdentityPeek::Found PskIdentityPeek::look(ByteView datagram) {
    while (const auto record = nextRecord(datagram)) {
        if (record->type != ContentType::handshake || record->epoch != 0)
            continue;
        auto rest = record->fragment;
        while (const auto fragment = nextFragment(rest)) {
            if (fragment->type != handshakeType::clientKeyExchange)
                continue;
            if (fragment->length > kMaxMessage)
                return Found::tooLong;
            if (fragment->body.size() == fragment->length)
                return complete(fragment->body);
            if (message_.size() != fragment->length || sequence_ != fragment->sequence) {
                // Another message than the one begun: nothing here is authenticated, the newest one counts.
                message_.assign(fragment->length, 0);
                have_.reset();
                sequence_ = fragment->sequence;
            }
            std::ranges::copy(fragment->body, message_.begin() + fragment->offset);
            for (std::size_t i = 0; i < fragment->body.size(); ++i)
                have_.set(fragment->offset + i);
            if (have_.count() == message_.size())
                return complete(message_);
        }
    }
    return Found::nothing;
}

PskIdentityPeek::Found PskIdentityPeek::complete(ByteView message) {
    Reader reader{message}; // RFC 5489 section 2: opaque psk_identity<0..2^16-1>, then the ECDH point
    const auto identity = reader.take(reader.u16());
    if (!reader.ok())
        return Found::nothing; // malformed: the TLS library answers it
    if (identity.size() > kMaxIdentity)
        return Found::tooLong;
    identity_ = copyOf(identity);
    return Found::identity;
}

} // namespace ocfsecd::dtls
