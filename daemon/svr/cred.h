#pragma once
// /oic/sec/cred (facts 2.4): the credentials, the owner's among them (facts 5.3).

#include "svr/resource.h"

namespace ocfsecd::svr {

/// Entries: each is a TPM object of about 220 octets in the snapshot, and one client reads them all in one transfer.
inline constexpr std::size_t kMaxCredentials = 64;
/// Octets of the whole representation: what is written must be readable in one body (coap::ServerSettings::maxBody,
/// which also has to hold what oic.if.baseline adds).
inline constexpr std::size_t kMaxCredRepresentation = 15 * 1024;

Reply handleCred(const DeviceState& state, const Call& call, Random& random, const Capabilities& capabilities);

} // namespace ocfsecd::svr
