#pragma once
// From the premaster secret to the keys: TLS 1.2 PRF, master secret, key block, Finished (RFC 5246, 7627, 5489).

#include "base/secret_bytes.h"
#include "dtls/ocf_suite/primitives.h"

#include <initializer_list>

namespace ocfsecd::dtls::ocf_suite {

enum class Role : std::uint8_t { client, server };

inline constexpr std::uint16_t kVersion = 0xfefd; ///< DTLS 1.2
inline constexpr std::size_t kRandom = 32, kMasterSecret = 48, kVerifyData = 12;
inline constexpr std::size_t kMacKey = 32, kCipherKey = 16;          ///< AES_128_CBC_SHA256, both suites
inline constexpr std::size_t kKeyBlock = 2 * (kMacKey + kCipherKey); ///< 96 (facts 5.2)

using HelloRandom = std::array<std::uint8_t, kRandom>;
using VerifyData = std::array<std::uint8_t, kVerifyData>;

/// P_SHA256 (RFC 5246 section 5); the seed is the parts in order.
void pHash(ByteView secret, std::initializer_list<ByteView> seed, MutableByteView out);

/// ECDHE_PSK: the ECDH x-coordinate, then the key, each with its length (RFC 5489 section 2).
SecretBytes pskPremaster(ByteView agreed, ByteView key);

SecretBytes masterSecret(ByteView premaster, const HelloRandom& client, const HelloRandom& server);
/// With extended master secret (RFC 7627): bound to all messages up to ClientKeyExchange.
SecretBytes extendedMasterSecret(ByteView premaster, const Digest& sessionHash);
SecretBytes keyBlock(ByteView master, const HelloRandom& client, const HelloRandom& server);
VerifyData verifyData(ByteView master, Role sender, const Digest& transcript);

} // namespace ocfsecd::dtls::ocf_suite
