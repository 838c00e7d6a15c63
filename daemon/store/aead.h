#pragma once
// AES-256-GCM under a state key (design section 4): for everything of a device that is on the disk.

#include "base/result.h"
#include "base/secret_bytes.h"

#include <optional>

namespace ocfsecd::store {

inline constexpr std::size_t kStateKeySize = 32;
inline constexpr std::size_t kNonceSize = 12, kTagSize = 16;

struct Encrypted {
    Bytes nonce;
    Bytes octets; ///< with the tag
};

/// Under a fresh random nonce: a key lives as long as an ownership, and 2^32 files of one would be needed to come near
/// a repeated one (NIST SP 800-38D 8.3). A counter could repeat when a write fails half-way.
Result<Encrypted> encrypt(const SecretBytes& key, ByteView associated, ByteView body);
/// Nothing when key, associated data, nonce and octets do not belong together.
Result<std::optional<Bytes>> decrypt(const SecretBytes& key, ByteView associated, ByteView nonce, ByteView octets);

} // namespace ocfsecd::store
