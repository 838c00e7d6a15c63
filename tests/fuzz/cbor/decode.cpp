// What the decoder takes must survive its own encoder; what it refuses must cost nothing.

#include "cbor/value.h"

#include <cstdlib>

using namespace ocfsecd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto value = cbor::decode({data, size});
    if (!value)
        return 0;
    (void)cbor::diagnostic(*value);
    const Bytes octets = cbor::encode(*value);
    // The encoding of what came within the limits is not longer than what came, but for oversized integers and NaN.
    const auto again = cbor::decode(octets, {.octets = SIZE_MAX, .depth = 8, .items = 4096});
    if (!again || cbor::encode(*again) != octets)
        std::abort();
    return 0;
}
