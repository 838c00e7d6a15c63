#include "coap/backoff.h"

#include <algorithm>
#include <cmath>

namespace ocfsecd::coap {

Backoff::Backoff(Duration ackTimeout, double randomFactor, unsigned maxRetransmit, Random& random)
    : timeout_{ackTimeout}, left_{maxRetransmit} {
    const double spread = static_cast<double>(ackTimeout.count()) * std::max(0.0, randomFactor - 1.0);
    const auto steps = static_cast<std::uint32_t>(std::clamp(std::floor(spread), 0.0, 1e9));
    timeout_ += Duration{random.below(steps + 1)};
}

bool Backoff::retransmit() {
    if (left_ == 0)
        return false;
    --left_;
    timeout_ *= 2;
    return true;
}

} // namespace ocfsecd::coap
