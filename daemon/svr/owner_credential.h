#pragma once
// The owner credential's key (facts 5.2): both sides of an onboarding connection derive it, nobody sends it.

#include "base/result.h"
#include "base/secret_bytes.h"
#include "base/uuid.h"

#include <string_view>

namespace ocfsecd::svr {

inline constexpr std::size_t kOwnerKeySize = 16; ///< both deployed stacks (facts 5.2, U9)

/// TLS 1.2 P_hash with HMAC-SHA-256 (RFC 5246 section 5), the seed as it is.
SecretBytes pHashSha256(ByteView secret, ByteView seed, std::size_t length);
/// The TLS key block: P_hash(master secret, "key expansion" || server random || client random).
SecretBytes tlsKeyBlock(ByteView masterSecret, ByteView serverRandom, ByteView clientRandom, std::size_t length);
/// SharedKey = P_hash(key block, method name || owner || device). `method` is oxm::nameOf(oxmsel).
SharedSecret deriveOwnerKey(const SecretBytes& keyBlock, std::string_view method, const Uuid& owner, const Uuid& device,
                            std::size_t length = kOwnerKeySize);

} // namespace ocfsecd::svr
