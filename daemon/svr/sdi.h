#pragma once
// /oic/sec/sdi: the security domain the device belongs to, and whether strangers may know it (facts 2.9).

#include "svr/resource.h"

namespace ocfsecd::svr {

inline constexpr std::size_t kMaxDomainName = 64; ///< octets of `name`: it travels in multicast answers as sdname

Reply handleSdi(const DeviceState& state, const Call& call);

} // namespace ocfsecd::svr
