#include "tools/obt/certificate_standing.h"

#include "svr/certificate_profile.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

constexpr std::chrono::seconds kRenewedBefore = std::chrono::days{30};

} // namespace

CertificateStanding standingOf(const svr::Certificate& certificate, const Judgement& by) {
    const auto now = by.now;
    if (by.revoked && equal(by.revoked->issuer, certificate.issuer) && by.revoked->lists(certificate.serial))
        return CertificateStanding::revoked;
    if (now < certificate.notBefore)
        return CertificateStanding::notYet;
    if (now > certificate.notAfter)
        return CertificateStanding::expired;
    const auto life = certificate.notAfter - certificate.notBefore;
    return certificate.notAfter - now > std::min(kRenewedBefore, life / 3) ? CertificateStanding::good
                                                                           : CertificateStanding::endsSoon;
}

std::string_view nameOf(CertificateStanding standing) {
    switch (standing) {
    case CertificateStanding::good:
        return "valid";
    case CertificateStanding::endsSoon:
        return "ends soon";
    case CertificateStanding::expired:
        return "expired";
    case CertificateStanding::revoked:
        return "revoked";
    case CertificateStanding::notYet:
        break;
    }
    return "not valid yet";
}

std::string validityText(const svr::Certificate& certificate, const Judgement& by) {
    const auto standing = standingOf(certificate, by);
    if (standing == CertificateStanding::notYet)
        return fmt::format("from {} (not valid yet)", svr::dateOf(certificate.notBefore));
    const auto until = "until " + svr::dateOf(certificate.notAfter);
    return standing == CertificateStanding::good ? until : fmt::format("{} ({})", until, nameOf(standing));
}

Json certificateJson(const svr::Certificate& certificate, const Judgement& by) {
    return {{"issuer", svr::issuerNameOf(certificate)},
            {"serial", toHex(certificate.serial)},
            {"notbefore", svr::dateOf(certificate.notBefore)},
            {"notafter", svr::dateOf(certificate.notAfter)},
            {"standing", std::string{nameOf(standingOf(certificate, by))}}};
}

} // namespace ocfsecd::obt
