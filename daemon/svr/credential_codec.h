#pragma once
// One credential between its CBOR form and its value (facts 2.4, 6.1–6.3).

#include "cbor/value.h"
#include "svr/state.h"

#include <array>

namespace ocfsecd::svr {

inline constexpr std::size_t kMaxBase64Key = 64;       ///< characters (facts 2.4)
inline constexpr std::size_t kMaxPublicData = 3072;    ///< characters (facts 2.4)
inline constexpr std::size_t kMaxCredentialText = 64;  ///< octets of role, authority, period, tag: no source sends more
inline constexpr std::size_t kOscoreIdSize = 7;        ///< octets: 14 hex digits (facts 2.4)
inline constexpr std::int64_t kMaxCredId = 0x7fffffff; ///< facts 2.4
/// Octets of an OSCORE master secret: facts 2.4 has 16, the reference tool makes 32.
inline constexpr std::array<std::size_t, 2> kOscoreSecretSizes{16, 32};

/// A credential as a client asks for it.
struct RequestedCredential {
    std::optional<CredId> id; ///< nothing: the device assigns one
    Credential credential;    ///< without id
    bool emptyKey = false;    ///< symmetric, without key data: a request to derive the owner credential
};

/// An element of `creds`. Reason::malformed for everything facts 2.4 refuses.
Result<RequestedCredential> readCredential(const cbor::Value& value);
/// As GET returns it: never a key octet, `data` empty in the type of its encoding.
cbor::Value representation(const Credential& credential);

} // namespace ocfsecd::svr
