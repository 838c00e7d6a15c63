#include "base/random.h"

#include <array>
#include <cerrno>
#include <sys/random.h>
#include <system_error>

namespace ocfsecd {

std::uint32_t Random::number() {
    std::array<std::uint8_t, 4> raw{};
    fill(raw);
    return Reader{raw}.u32();
}

std::uint32_t Random::below(std::uint32_t bound) {
    const std::uint32_t bias = (0U - bound) % bound; // 2^32 mod bound: the values that would favour the low results
    for (;;) {
        const auto n = number();
        if (n >= bias)
            return n % bound;
    }
}

void SystemRandom::fill(MutableByteView out) {
    while (!out.empty()) {
        const auto got = ::getrandom(out.data(), out.size(), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw std::system_error{errno, std::generic_category(), "getrandom"};
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

} // namespace ocfsecd
