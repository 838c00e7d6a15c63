#pragma once
// /oic/sec/sp: which security profiles the device supports and which one is in force (facts 2.6, 6.7).

#include "svr/resource.h"

namespace ocfsecd::svr {

/// What of the stored profiles the maker still allows: a profile an update took away is neither supported nor current.
Sp inForce(const Sp& stored, const Capabilities& capabilities);

Reply handleSp(const DeviceState& state, const Call& call, const Capabilities& capabilities);

} // namespace ocfsecd::svr
