#pragma once
// /oic/sec/doxm (facts 2.1): ownership and the owner transfer method.

#include "svr/resource.h"

namespace ocfsecd::svr {

Reply handleDoxm(const DeviceState& state, const Call& call, const Capabilities& capabilities);

} // namespace ocfsecd::svr
