#pragma once
// What the fuzz targets have in common.

#include "base/random.h"

#include <cstdlib>

namespace ocfsecd {

/// What must hold whatever comes in.
inline void require(bool condition) {
    if (!condition)
        std::abort();
}

/// Repeatable, and no two octets in a row alike.
class Counting final : public Random {
public:
    void fill(MutableByteView out) override {
        for (auto& octet : out)
            octet = next_++;
    }

private:
    std::uint8_t next_ = 0;
};

} // namespace ocfsecd
