#include "tools/obt/certifiable.h"

#include "svr/trust.h"
#include "tools/obt/exchange.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

/// `sct` of doxm: asymmetric signing keys with certificates (facts 6.1).
constexpr std::int64_t kTakesCertificates = svr::credtype::asymmetricSigningWithCertificate;

} // namespace

Result<void> checkTakesCertificates(Session& session, const Uuid& device) {
    const auto doxm = readDoxm(session);
    if (!doxm)
        return doxm.failure().reason == Reason::notAuthorised ? Result<void>{} : Result<void>{doxm.failure()};
    if (doxm->device != device)
        return Failure{Reason::precondition, fmt::format("the device says that it is {}", doxm->device.text()),
                       "ocf-obt verify TARGET"};
    if ((doxm->sct & kTakesCertificates) == 0)
        return Failure{Reason::precondition, fmt::format("the device takes no certificates (sct {})", doxm->sct), ""};
    return {};
}

Result<Cred> readManagedCred(Session& session, const Uuid& self) {
    auto cred = readCred(session);
    if (cred && cred->rowner != self)
        return Failure{
            Reason::notAuthorised,
            fmt::format("the device's credentials are managed by {}, not by {}", cred->rowner.text(), self.text()),
            "use the home of its credential manager with --home"};
    return cred;
}

Result<EndEntity> askForRequest(Session& session, const Managed& managed) {
    const auto body = readResource(session, href::csr);
    if (body)
        return certificateRequestIn(*body, managed.device);
    if (body.failure().reason != Reason::notAuthorised)
        return body.failure();
    return Failure{Reason::notAuthorised, body.failure().what,
                   fmt::format("as AMS: ocf-obt provision ace TARGET --subject {} --href {} --permission R",
                               managed.self.text(), href::csr)};
}

std::optional<svr::Certificate> certificateIn(const Cred::Entry& entry) {
    const auto ders = svr::readPem(entry.certificates);
    auto read = ders ? svr::readCertificate(ders->front()) : ders.failure();
    return read ? std::optional{*std::move(read)} : std::nullopt;
}

bool holds(const Cred::Entry& entry, std::string_view usage, const svr::Certificate& certificate) {
    return entry.usage == usage && certificateIn(entry) == certificate;
}

bool trusts(const Cred& cred, const svr::Certificate& root) {
    return std::ranges::any_of(cred.entries, [&](const auto& entry) { // facts 6.2: for one peer's sake is not enough
        return entry.credtype == svr::credtype::asymmetricSigningWithCertificate && entry.subject == "*" &&
               holds(entry, svr::credusage::trustca, root);
    });
}

} // namespace ocfsecd::obt
