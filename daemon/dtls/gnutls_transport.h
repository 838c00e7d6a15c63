#pragma once
// What GnuTLS takes for its socket: one datagram in, records out, and the say over retransmission.

#include "dtls/record.h"

#include <gnutls/gnutls.h>
#include <vector>

namespace ocfsecd::dtls {

/// GnuTLS retransmits by a clock of its own. To keep sessions pure its interval is set to zero, and its question "has
/// anything come in?" is answered so that a flight goes out once when made and again only when asked for:
/// "nothing yet" makes it retransmit, "try again" (EAGAIN) makes it return.
class GnutlsTransport {
public:
    /// Which records reach the library.
    enum class Accept {
        handshake,        ///< all but, of the protected ones, what comes before a Finished: see advance()
        protectedOnly,    ///< established: plaintext can only be forged or late
        applicationPhase, ///< established and proven: no handshake records either, so no renegotiation (facts 7.1)
    };

    void attach(gnutls_session_t session);
    void setAccept(Accept accept) { accept_ = accept; }
    /// The datagram must stay until it is drained. Records are handed over one by one, so that one the library
    /// discards does not take its neighbours along.
    void offer(ByteView datagram);
    bool drained() const { return !next_; }
    void drop() {
        rest_ = {};
        next_.reset();
        taken_.reset();
        finishedSeen_ = false;
    }
    /// The record of this datagram that the library took last.
    const std::optional<Record>& taken() const { return taken_; }
    void allowRetransmission(bool allow) { retransmit_ = allow; }
    /// Datagrams the library sent since the last call; records of one flight share a datagram.
    std::vector<Bytes> takeSent() { return std::move(sent_); }

private:
    static ssize_t push(gnutls_transport_ptr_t self, const void* data, std::size_t size);
    static ssize_t pull(gnutls_transport_ptr_t self, void* data, std::size_t size);
    static int pullTimeout(gnutls_transport_ptr_t self, unsigned int milliseconds);
    void advance();

    gnutls_session_t session_ = nullptr;
    ByteView rest_;
    std::optional<Record> next_; ///< the record the library gets next
    std::optional<Record> taken_;
    bool finishedSeen_ = false; ///< in this datagram
    std::vector<Bytes> sent_;
    Accept accept_ = Accept::handshake;
    bool retransmit_ = false;
    bool askAfterPush_ = false;
};

} // namespace ocfsecd::dtls
