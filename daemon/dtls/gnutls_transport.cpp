#include "dtls/gnutls_transport.h"

#include <algorithm>
#include <cerrno>
#include <gnutls/dtls.h>
#include <limits>
#include <utility>

namespace ocfsecd::dtls {

namespace {
constexpr unsigned int kHandshakeMtu = 1200; // fits IPv6's minimum link of 1280 with every header
constexpr unsigned int kAlwaysDue = 0;
// The session keeps the total deadline (L4.4); the library computes with a signed number of milliseconds.
constexpr unsigned int kNever = std::numeric_limits<int>::max();
} // namespace

void GnutlsTransport::attach(gnutls_session_t session) {
    session_ = session;
    gnutls_transport_set_ptr(session, this);
    gnutls_transport_set_push_function(session, push);
    gnutls_transport_set_pull_function(session, pull);
    gnutls_transport_set_pull_timeout_function(session, pullTimeout); // must be set (L4.3)
    gnutls_dtls_set_mtu(session, kHandshakeMtu);
    gnutls_dtls_set_timeouts(session, kAlwaysDue, kNever);
}

void GnutlsTransport::offer(ByteView datagram) {
    drop();
    rest_ = datagram;
    advance();
}

// In a handshake the Finished alone shows whether the peer has the key. An alert or data under the right key, acted on
// or not, would be a second way to find out, and one that may be tried more than once.
void GnutlsTransport::advance() {
    taken_ = next_;
    while ((next_ = nextRecord(rest_))) {
        if (accept_ != Accept::handshake && next_->epoch == 0)
            continue;
        if (accept_ == Accept::applicationPhase && next_->type == ContentType::handshake)
            continue;
        if (accept_ == Accept::handshake && next_->epoch != 0) {
            finishedSeen_ = finishedSeen_ || next_->type == ContentType::handshake;
            if (!finishedSeen_)
                continue;
        }
        return;
    }
}

ssize_t GnutlsTransport::push(gnutls_transport_ptr_t self, const void* data, std::size_t size) {
    auto& me = *static_cast<GnutlsTransport*>(self);
    const ByteView record{static_cast<const std::uint8_t*>(data), size};
    const bool handshaking = me.accept_ == Accept::handshake;
    if (handshaking && !me.sent_.empty() && me.sent_.back().size() + size <= kHandshakeMtu)
        me.sent_.back().insert(me.sent_.back().end(), record.begin(), record.end());
    else
        me.sent_.push_back(copyOf(record));
    me.askAfterPush_ = true;
    me.retransmit_ = false; // one flight per permission
    return static_cast<ssize_t>(size);
}

ssize_t GnutlsTransport::pull(gnutls_transport_ptr_t self, void* data, std::size_t size) {
    auto& me = *static_cast<GnutlsTransport*>(self);
    me.askAfterPush_ = false;
    if (!me.next_) {
        gnutls_transport_set_errno(me.session_, EAGAIN);
        return -1;
    }
    const auto record = me.next_->whole.first(std::min(size, me.next_->whole.size()));
    std::ranges::copy(record, static_cast<std::uint8_t*>(data));
    me.advance();
    return static_cast<ssize_t>(record.size());
}

int GnutlsTransport::pullTimeout(gnutls_transport_ptr_t self, unsigned int) {
    auto& me = *static_cast<GnutlsTransport*>(self);
    if (me.next_)
        return 1;
    // Right after it sent a flight GnuTLS takes any error for the flight's end and forgets it; "nothing yet" is safe.
    if (std::exchange(me.askAfterPush_, false) || me.retransmit_)
        return 0;
    gnutls_transport_set_errno(me.session_, EAGAIN);
    return -1;
}

} // namespace ocfsecd::dtls
