#pragma once
// /oic/sec/acl2 (facts 2.5): the access control list.

#include "svr/resource.h"

namespace ocfsecd::svr {

/// Entries: an access decision walks them all, and one client reads them all in one transfer.
inline constexpr std::size_t kMaxAces = 128;
/// Octets of the whole representation, so that a block-wise GET of it stays bounded.
inline constexpr std::size_t kMaxAclRepresentation = 32 * 1024;

Reply handleAcl2(const DeviceState& state, const Call& call);

} // namespace ocfsecd::svr
