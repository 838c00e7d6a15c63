#pragma once
// A certificate revocation list (X.509) as a value: who issued it, what it revokes.

#include "svr/certificate.h"

namespace ocfsecd::svr {

/// Entries of one list: what 12 KiB of DER hold at most.
inline constexpr std::size_t kMaxRevoked = 512;

struct RevocationList {
    Bytes issuer; ///< DER name
    std::string signatureAlgorithm;
    std::vector<Bytes> serials; ///< without leading zeros, sorted
    Bytes signedPart, signature;

    /// Did `issuer`, whose certificate verified `certificate`, sign this list, and is the certificate on it? A list
    /// that has grown old still revokes what it revoked.
    bool revokes(const Certificate& certificate, const Certificate& issuer) const;
    bool signedBy(const Certificate& issuer) const;
};

/// Reason::malformed for what is no list, or one of more than kMaxRevoked entries.
Result<RevocationList> readRevocationList(ByteView der);

} // namespace ocfsecd::svr
