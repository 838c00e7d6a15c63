#pragma once
// A certificate revocation list (X.509) as a value: who issued it, what it revokes.

#include "svr/certificate.h"

namespace ocfsecd::svr {

/// Entries of one list: what 12 KiB of DER hold at most.
inline constexpr std::size_t kMaxRevoked = 512;

struct RevokedCertificate {
    Bytes serial; ///< without leading zeros
    WallTime when{};
    bool operator==(const RevokedCertificate&) const = default;
};

struct RevocationList {
    Bytes issuer; ///< DER name
    std::string signatureAlgorithm;
    std::optional<std::int64_t> number; ///< cRLNumber; nothing for none and for one of more than 63 bits
    WallTime thisUpdate{};
    std::vector<RevokedCertificate> revoked; ///< sorted by serial number
    Bytes signedPart, signature;

    /// Is a certificate of this issuer with this serial number on it? Whose list it is, is another question.
    bool lists(ByteView serial) const;

    /// Did `issuer`, whose certificate verified `certificate`, sign this list, and is the certificate on it? A list
    /// that has grown old still revokes what it revoked.
    bool revokes(const Certificate& certificate, const Certificate& issuer) const;
    bool signedBy(const Certificate& issuer) const;
};

/// As a list has it: two encodings of one number are the same number.
Bytes withoutZeros(ByteView serial);
/// Reason::malformed for what is no list, or one of more than kMaxRevoked entries.
Result<RevocationList> readRevocationList(ByteView der);

} // namespace ocfsecd::svr
