#pragma once
// One access control entry between its CBOR form and its value (facts 2.5).

#include "cbor/value.h"
#include "svr/state.h"

namespace ocfsecd::svr {

inline constexpr std::size_t kMaxHref = 256;        ///< octets (SWG: maxLength)
inline constexpr std::size_t kMaxAceText = 64;      ///< octets of role, authority and tag
inline constexpr std::size_t kMaxAceResources = 64; ///< reference tools send at most 8 in one ACE
inline constexpr std::int64_t kMaxAceId = 0x7fffffff;

/// An entry as a client asks for it.
struct RequestedAce {
    std::optional<AceId> id; ///< nothing: the device assigns one
    Ace ace;                 ///< without id
};

/// An element of `aclist2`. Reason::malformed for everything facts 2.5 refuses.
Result<RequestedAce> readAce(const cbor::Value& value);
cbor::Value representation(const Ace& ace);

} // namespace ocfsecd::svr
