#pragma once
// Where randomness comes from. Passed in, so that protocol code stays pure.

#include "base/bytes.h"

namespace ocfsecd {

class Random {
public:
    virtual ~Random() = default;
    virtual void fill(MutableByteView out) = 0;
    std::uint32_t number(); ///< 32 uniform bits
    /// Uniform in 0 … bound-1; bound ≥ 1.
    std::uint32_t below(std::uint32_t bound);
};

/// The kernel's generator. Throws std::system_error when there is none (start-up only).
class SystemRandom final : public Random {
public:
    void fill(MutableByteView out) override;
};

} // namespace ocfsecd
