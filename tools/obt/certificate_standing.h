#pragma once
// How a certificate stands at a time, and what is told of it: what is public. Pure.

#include "svr/revocation.h"
#include "tools/obt/json.h"

namespace ocfsecd::obt {

enum class CertificateStanding {
    good,
    endsSoon, ///< it is time to renew it: 30 days, or the last third of a shorter life
    expired,
    notYet, ///< valid from a time to come: a clock is wrong
    revoked,
};
/// What a certificate of this home's CA is judged by.
struct Judgement {
    svr::WallTime now{};
    std::optional<svr::RevocationList> revoked{}; ///< the CA's list
};
CertificateStanding standingOf(const svr::Certificate& certificate, const Judgement& by);
std::string_view nameOf(CertificateStanding standing); ///< "valid", "ends soon", "expired", "not valid yet", "revoked"
/// Peers believe it.
inline bool holds(CertificateStanding standing) {
    return standing == CertificateStanding::good || standing == CertificateStanding::endsSoon;
}

/// "until 2028-11-26 12:00:00 UTC", with what is to be said about that.
std::string validityText(const svr::Certificate& certificate, const Judgement& by);
Json certificateJson(const svr::Certificate& certificate, const Judgement& by);

} // namespace ocfsecd::obt
