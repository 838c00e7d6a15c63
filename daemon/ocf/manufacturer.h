#pragma once
// What the maker installed, and what of it is in the state.

#include "svr/state.h"

namespace ocfsecd::ocf {

/// Makes the state show the manufacturer certificates that are installed. One whose chain was renewed over the network
/// stays as it is; one for a key that is no longer installed goes. Nothing installed: nothing changes.
void adoptManufacturer(svr::DeviceState& state, const std::vector<svr::Credential>& installed);

} // namespace ocfsecd::ocf
