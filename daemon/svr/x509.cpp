#include "svr/x509.h"

#include <algorithm>

namespace ocfsecd::svr::x509 {

std::optional<PublicKey> pointOf(gnutls_pubkey_t key) {
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    Datum x, y;
    // A point off the curve is accepted by every import and found by verify_params (L5.2).
    if (gnutls_pubkey_export_ecc_raw(key, &curve, x.fill(), y.fill()) < 0 || curve != GNUTLS_ECC_CURVE_SECP256R1 ||
        gnutls_pubkey_verify_params(key) < 0)
        return std::nullopt;
    PublicKey out{};
    auto* to = out.data();
    for (auto octets : {x.view(), y.view()}) {
        while (octets.size() > 32 && octets.front() == 0)
            octets = octets.subspan(1); // a sign octet
        if (octets.size() > 32)
            return std::nullopt;
        std::ranges::copy(octets, to + (32 - octets.size()));
        to += 32;
    }
    return out;
}

} // namespace ocfsecd::svr::x509
