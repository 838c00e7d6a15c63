#pragma once
// TPM structures to octets and back.

#include "base/bytes.h"

#include <array>
#include <tss2/tss2_mu.h>

namespace ocfsecd::tpm {

/// Empty when it cannot be marshalled.
template <class T>
Bytes marshalled(const T& from, TSS2_RC (*marshal)(T const*, uint8_t*, size_t, size_t*)) {
    std::array<std::uint8_t, sizeof(T)> raw{};
    std::size_t used = 0;
    return marshal(&from, raw.data(), raw.size(), &used) == TSS2_RC_SUCCESS ? copyOf(ByteView{raw}.first(used))
                                                                            : Bytes{};
}

/// False unless `raw` is one structure and nothing else.
template <class T>
bool unmarshalled(ByteView raw, T& out, TSS2_RC (*unmarshal)(uint8_t const*, size_t, size_t*, T*)) {
    std::size_t used = 0;
    return unmarshal(raw.data(), raw.size(), &used, &out) == TSS2_RC_SUCCESS && used == raw.size();
}

} // namespace ocfsecd::tpm
