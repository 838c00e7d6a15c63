#pragma once
// Random PIN: the pre-shared key and the names of the handshake (facts 4.4).

#include "base/secret_bytes.h"
#include "base/uuid.h"

#include <string_view>

namespace ocfsecd::svr {

inline constexpr std::string_view kPinIdentity = "oic.sec.doxm.rdp"; ///< the client's PSK identity
inline constexpr std::string_view kPinHintPrefix = "oic.sec.doxm.rdp:";
inline constexpr unsigned kPinIterations = 1000;
inline constexpr std::size_t kPinKeySize = 16;

/// PBKDF2-HMAC-SHA256 over the PIN's characters, salted with the *temporary* deviceuuid in force at the handshake.
SecretBytes derivePinKey(std::string_view pin, const Uuid& device);
/// The server's identity hint: the prefix and the raw deviceuuid.
Bytes pinHint(const Uuid& device);

} // namespace ocfsecd::svr
