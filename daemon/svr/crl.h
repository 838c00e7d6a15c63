#pragma once
// /oic/sec/crl (facts 2.11, optional): the certificates this device no longer believes.

#include "svr/resource.h"
#include "svr/revocation.h"

namespace ocfsecd::svr {

/// Characters of crldata: with the rest of the payload it stays below what CoAP takes (16 KiB).
inline constexpr std::size_t kMaxCrlData = 15 * 1024;

Reply handleCrl(const DeviceState& state, const Call& call);
/// The list in crldata; empty text: none.
Result<std::optional<RevocationList>> revocationListOf(const Crl& crl);

} // namespace ocfsecd::svr
