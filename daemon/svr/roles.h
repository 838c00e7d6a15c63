#pragma once
// /oic/sec/roles (facts 2.8): the role certificates a peer asserts, one list per session.

#include "svr/resource.h"
#include "svr/trust.h"

namespace ocfsecd::svr {

/// Facts 2.8 wants at least four; each holds up to 3 KiB of text for as long as the session lasts.
inline constexpr std::size_t kMaxRolesPerSession = 4;

/// A POST is all or nothing; Reply::asserted is the session's new list.
Reply handleRoles(const DeviceState& state, const Call& call, Random& random);

/// Drops what has expired: before an access decision.
void dropExpired(std::vector<AssertedRole>& asserted, WallTime now);
/// Drops what the anchors and the revocation list no longer carry: after they changed.
void dropUntrusted(std::vector<AssertedRole>& asserted, const Trust& trust, WallTime now);
/// What the access decision compares.
RoleIds rolesOf(const std::vector<AssertedRole>& asserted);

} // namespace ocfsecd::svr
