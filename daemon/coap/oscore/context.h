#pragma once
// Security context of OSCORE (RFC 8613 section 3): what both ends derive from one master secret. The algorithms are
// OCF's and the RFC's defaults: AES-CCM-16-64-128 and HKDF with SHA-256. Pure.

#include "base/result.h"
#include "base/secret_bytes.h"

#include <array>
#include <cstdint>
#include <optional>

namespace ocfsecd::coap::oscore {

inline constexpr std::size_t kKeySize = 16;
inline constexpr std::size_t kNonceSize = 13;
inline constexpr std::size_t kTagSize = 8;
inline constexpr std::size_t kMaxIdSize = kNonceSize - 6;        ///< RFC 8613 section 3.3
inline constexpr std::uint64_t kMaxPartialIv = (1ULL << 40) - 1; ///< section 7.2.1: then the context is used up
using Nonce = std::array<std::uint8_t, kNonceSize>;

/// What is agreed on beforehand (section 3.2). OCF has neither salt nor ID context.
struct Parameters {
    SharedSecret masterSecret;
    Bytes masterSalt;
    std::optional<Bytes> idContext;
    Bytes senderId;    ///< at most kMaxIdSize octets
    Bytes recipientId; ///< at most kMaxIdSize octets
};

/// One end's derived keys. A context that only sends or only receives has the other key as well; nobody uses it.
struct Context {
    Bytes senderId;
    Bytes recipientId;
    std::optional<Bytes> idContext;
    SecretBytes senderKey;
    SecretBytes recipientKey;
    SecretBytes commonIv;
};

/// Reason::malformed for identifiers that are too long or equal, or an empty secret.
Result<Context> derive(const Parameters& parameters);

/// The nonce of a Partial IV under the end that made it (section 5.2). `partialIv` has 1 to 5 octets.
Nonce nonceOf(const Context& context, ByteView idOfSender, ByteView partialIv);

/// The shortest form of a sequence number, at least one octet (section 6.1).
Bytes partialIvOf(std::uint64_t sequence);
/// Nothing for more than 5 octets or none.
std::optional<std::uint64_t> sequenceOf(ByteView partialIv);

} // namespace ocfsecd::coap::oscore
