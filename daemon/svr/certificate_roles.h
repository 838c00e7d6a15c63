#pragma once
// The roles a certificate gives its subject (facts 6.5).

#include "svr/certificate.h"

namespace ocfsecd::svr {

inline constexpr std::size_t kMaxRolesPerCertificate = 8;

/// Every directory name of subjectAltName: common name = role, organizational unit = authority, by default the common
/// name of the issuer. Reason::malformed for none, for a name without a role and for a reserved role.
Result<RoleIds> rolesIn(const Certificate& certificate);
/// Roles beginning with "oic.role." are OCF's; of them only the owner's is given by certificates (facts 2.8).
bool isReservedRole(std::string_view role);

} // namespace ocfsecd::svr
