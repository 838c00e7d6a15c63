#include "tools/obt/own_roles.h"

#include "svr/certificate_roles.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

bool gives(const svr::Certificate& certificate, std::string_view role) {
    const auto roles = svr::rolesIn(certificate);
    return roles && std::ranges::find(*roles, role, &svr::RoleId::role) != roles->end();
}

} // namespace

Result<std::vector<std::string>> OwnRoles::find(const std::vector<std::string>& roles, const svr::PublicKey& key,
                                                svr::WallTime now) const {
    const auto known = kept_.all();
    if (!known)
        return known.failure();
    std::vector<std::string> out;
    for (const auto& role : roles) {
        const svr::Certificate* best = nullptr;
        for (const auto& certificate : *known)
            if (certificate.key == key && certificate.notBefore <= now && now <= certificate.notAfter &&
                gives(certificate, role) && (best == nullptr || best->notAfter < certificate.notAfter))
                best = &certificate;
        if (best == nullptr)
            return Failure{Reason::notFound,
                           fmt::format("this identity has no certificate that gives the role \"{}\" now", role),
                           "ocf-obt role self --role ROLE"};
        out.push_back(svr::toPem(best->der));
    }
    return out;
}

} // namespace ocfsecd::obt
