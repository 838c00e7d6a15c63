#pragma once
// A DeviceState as the octets of a snapshot's body: versioned CBOR, sealed keys only.

#include "svr/state.h"

namespace ocfsecd::svr {

inline constexpr std::int64_t kStateVersion = 1;

/// Throws std::logic_error for a symmetric credential whose key is not sealed: nothing in clear may reach the disk.
Bytes encodeState(const DeviceState& state);
/// Reason::stateCorrupt for anything encodeState() cannot have written, a newer version included.
Result<DeviceState> decodeState(ByteView octets);

} // namespace ocfsecd::svr
