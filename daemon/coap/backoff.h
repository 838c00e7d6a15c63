#pragma once
// When a Confirmable message is sent again (RFC 7252 section 4.2).

#include "base/clock.h"
#include "base/random.h"

namespace ocfsecd::coap {

/// A random initial time-out between ACK_TIMEOUT and ACK_TIMEOUT × ACK_RANDOM_FACTOR, doubled by every retransmission.
class Backoff {
public:
    Backoff() = default;
    Backoff(Duration ackTimeout, double randomFactor, unsigned maxRetransmit, Random& random);
    /// How long to wait for the acknowledgement of what was sent last.
    Duration wait() const { return timeout_; }
    /// One more retransmission: false when there have been enough.
    bool retransmit();

private:
    Duration timeout_{};
    unsigned left_ = 0;
};

} // namespace ocfsecd::coap
