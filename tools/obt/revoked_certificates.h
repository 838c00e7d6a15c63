#pragma once
// What this home's CA has revoked: its revocation list, kept in the form devices are given.
//
//   crl.der   signed by the CA; its number grows with every change

#include "tools/obt/authority.h"
#include "tools/obt/certificate_standing.h"

namespace ocfsecd::obt {

struct KeptList {
    Bytes der;
    svr::RevocationList list;

    std::int64_t number() const { return list.number.value_or(0); }
};

class RevokedCertificates {
public:
    explicit RevokedCertificates(const std::filesystem::path& home) : home_{home} {}
    static std::filesystem::path fileIn(const std::filesystem::path& home) { return home / "crl.der"; }

    /// Nothing before the first revocation. Reason::stateCorrupt when it is damaged or not the list of this root.
    Result<std::optional<KeptList>> list(const svr::Certificate& root) const;
    /// Adds these; what is on it already, changes nothing. The new number is greater than the old one and than `above`.
    /// Durable when it returns. Reason::configuration when it would be longer than devices take; nothing is changed
    /// then.
    Result<KeptList> add(const Authority& authority, const std::vector<svr::RevokedCertificate>& revoked,
                         svr::WallTime now, std::int64_t above = 0);

private:
    std::filesystem::path home_;
};

/// A key whose certificate was revoked may be in other hands: it gets no other. Reason::precondition.
Result<void> checkNotRevoked(const EndEntity& subject, const Authority& authority, const std::optional<KeptList>& list,
                             svr::WallTime now);
/// The list of this home; nothing without a CA or without revocations.
Result<std::optional<svr::RevocationList>> revokedBy(const std::filesystem::path& home);
/// By which the certificates of its CA are judged now.
Result<Judgement> judgementOf(const std::filesystem::path& home, svr::WallTime now);

} // namespace ocfsecd::obt
