#pragma once
// /oic/sec/ael: the auditable events and what of them is recorded (facts 8.1).

#include "svr/resource.h"

namespace ocfsecd::svr {

/// `call.audit` is the list; null: an empty one.
Reply handleAel(const DeviceState& state, const Call& call);

} // namespace ocfsecd::svr
