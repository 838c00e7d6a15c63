#pragma once
// /oic/sec/pstat (facts 2.3, 1.6): the onboarding state and the provisioning mode.

#include "svr/resource.h"

namespace ocfsecd::svr {

Reply handlePstat(const DeviceState& state, const Call& call);

} // namespace ocfsecd::svr
