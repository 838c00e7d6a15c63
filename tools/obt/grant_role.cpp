#include "tools/obt/grant_role.h"

#include "svr/certificate_roles.h"
#include "svr/trust.h"
#include "tools/obt/exchange.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

/// Role certificates of the same issuer for the same roles.
std::vector<std::int64_t> olderThan(const svr::Certificate& certificate, const Cred& cred) {
    const auto roles = svr::rolesIn(certificate);
    std::vector<std::int64_t> out;
    for (const auto& entry : cred.entries) {
        const auto there = entry.usage == svr::credusage::rolecert ? certificateIn(entry) : std::nullopt;
        if (!there || !equal(there->issuer, certificate.issuer))
            continue;
        const auto given = svr::rolesIn(*there);
        if (given && roles && *given == *roles)
            out.push_back(entry.credid);
    }
    return out;
}

} // namespace

Result<svr::Certificate> grantRole(Session& session, const GrantPlan& plan) {
    const auto& self = plan.managed.self;
    const auto& device = plan.managed.device;
    if (auto fit = checkTakesCertificates(session, device); !fit)
        return fit.failure();
    const auto cred = readManagedCred(session, self);
    if (!cred)
        return cred.failure();
    if (!trusts(*cred, plan.root))
        return Failure{Reason::precondition,
                       fmt::format("{} does not trust the CA {} yet", device.text(), svr::nameOf(plan.root)),
                       "ocf-obt certify TARGET"};
    const auto request = askForRequest(session, plan.managed);
    if (!request)
        return request.failure();
    const auto certificate = plan.issue(*request);
    if (!certificate)
        return certificate.failure();
    const auto older = olderThan(*certificate, *cred);
    const auto written = whileProvisioning(session, [&]() -> Result<void> {
        const auto pem = svr::toPem(certificate->der);
        if (auto sent = change(session, postCertificates({{svr::credusage::rolecert, device.text(), pem}})); !sent)
            return sent;
        for (const auto credid : older)
            if (auto gone = change(session, makeDelete(href::cred, {fmt::format("credid={}", credid)})); !gone)
                return Failure{gone.failure().reason,
                               "the role is given, but an older certificate of it stays: " + gone.failure().what,
                               gone.failure().next};
        return {};
    });
    return written ? certificate : Result<svr::Certificate>{written.failure()};
}

} // namespace ocfsecd::obt
