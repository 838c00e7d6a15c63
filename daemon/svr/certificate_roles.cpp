#include "svr/certificate_roles.h"

#include "svr/der.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

Failure wrong(const Certificate& certificate, std::string_view what, std::string_view next) {
    return {Reason::malformed, fmt::format("the role certificate {} {}", nameOf(certificate), what), std::string{next}};
}

} // namespace

bool isReservedRole(std::string_view role) {
    return role.starts_with("oic.role.") && role != "oic.role.owner";
}

Result<RoleIds> rolesIn(const Certificate& certificate) {
    RoleIds out;
    if (certificate.directoryNames.empty() || certificate.directoryNames.size() > kMaxRolesPerCertificate)
        return wrong(certificate, fmt::format("holds {} roles", certificate.directoryNames.size()),
                     "write one to eight roles as directory names into subjectAltName, CN=<role>");
    for (const auto& name : certificate.directoryNames) {
        const auto texts = readName(name);
        if (!texts || texts->commonNames.size() != 1 || texts->commonNames.front().empty() ||
            texts->organizationalUnits.size() > 1)
            return wrong(certificate, "has a directory name that is no role",
                         "write CN=<role> and at most one OU=<authority>");
        RoleId role{texts->commonNames.front(), std::nullopt};
        if (isReservedRole(role.role))
            return wrong(certificate, fmt::format("gives the reserved role {}", role.role),
                         "use a role name of your own; of oic.role.* only oic.role.owner is given by certificates");
        if (texts->organizationalUnits.size() == 1) {
            role.authority = texts->organizationalUnits.front();
        } else {
            const auto issuer = readName(certificate.issuer);
            if (!issuer || issuer->commonNames.size() != 1)
                return wrong(certificate, "names no authority, nor has its issuer one common name",
                             "write OU=<authority> beside the role");
            role.authority = issuer->commonNames.front();
        }
        if (std::ranges::find(out, role) == out.end())
            out.push_back(std::move(role));
    }
    return out;
}

} // namespace ocfsecd::svr
