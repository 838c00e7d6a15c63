#pragma once
// A role as a certificate carries it (facts 6.5), in DER.

#include "base/bytes.h"
#include "svr/state.h"

namespace ocfsecd::obt {

/// Octets of a role or its authority (X.520 ub-common-name).
inline constexpr std::size_t kMaxRoleText = 64;

/// The extension subjectAltName with one directoryName: CN=<role> and, if there is one, OU=<authority>. Both texts are
/// at most kMaxRoleText octets.
Bytes subjectAltNameOf(const svr::RoleId& role);

} // namespace ocfsecd::obt
