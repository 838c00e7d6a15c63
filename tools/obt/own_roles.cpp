#include "tools/obt/own_roles.h"

#include "svr/certificate_roles.h"
#include "tools/obt/private_file.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kEnding = ".pem";

bool gives(const svr::Certificate& certificate, std::string_view role) {
    const auto roles = svr::rolesIn(certificate);
    return roles && std::ranges::find(*roles, role, &svr::RoleId::role) != roles->end();
}

} // namespace

Result<void> OwnRoles::add(const svr::Certificate& certificate) {
    if (auto made = makePrivateDirectory(directory_); !made)
        return made;
    return createPrivateFile(directory_ / (toHex(certificate.serial) + std::string{kEnding}),
                             viewOf(svr::toPem(certificate.der)));
}

Result<std::vector<svr::Certificate>> OwnRoles::all() const {
    std::vector<svr::Certificate> out;
    std::error_code error; // no directory: no role
    for (const auto& entry : fs::directory_iterator{directory_, error}) {
        if (entry.path().extension() != kEnding)
            continue;
        const auto content = readPrivateFile(entry.path());
        if (!content)
            return content.failure();
        const auto ders = svr::readPem(textOf(content->view()));
        auto read = ders ? svr::readCertificate(ders->front()) : ders.failure();
        if (!read)
            return Failure{
                Reason::stateCorrupt,
                fmt::format("{} is damaged: {}; it was left as it is", entry.path().string(), read.failure().what),
                "remove it, then: ocf-obt role self"};
        out.push_back(*std::move(read));
    }
    return out;
}

Result<std::vector<std::string>> OwnRoles::find(const std::vector<std::string>& roles, const svr::PublicKey& key,
                                                svr::WallTime now) const {
    const auto known = all();
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
