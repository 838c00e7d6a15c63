#pragma once
// The certificate authority of a security domain: one root on P-256, in the home of the identity that manages
// credentials. Its key is a file: a home can be backed up and moved, a key in a TPM dies with the machine, and then
// every device would have to be certified anew.
//
//   ca.pem                      key and root certificate (keyed_certificate.h)
//   issued/<serial number>.pem   each certificate it has issued: who is revoked, is so with all of them

#include "svr/certificate_chain.h"
#include "tools/obt/certificate_folder.h"
#include "tools/obt/issue.h"
#include "tools/obt/keyed_certificate.h"

namespace ocfsecd::obt {

/// A root outlives the devices of a home; an identity certificate is renewed by `certify`.
inline constexpr std::chrono::days kRootLifetime{20 * 365};
inline constexpr std::chrono::days kIdentityLifetime{2 * 365};
/// Devices' clocks may be behind ours: a certificate is valid from a day before it was made.
inline constexpr std::chrono::days kBackdated{1};

class Authority {
public:
    /// `commonName`: 1 to kMaxCommonName octets of printable text. Reason::configuration when there is one already:
    /// it is never replaced, every device it certified hangs on it.
    static Result<Authority> create(const std::filesystem::path& home, std::string_view commonName, svr::WallTime now,
                                    Random& random);
    /// Reason::stateMissing when this home has none; stateCorrupt when it is no CA after the OCF profile.
    static Result<Authority> open(const std::filesystem::path& home);
    /// The same where it has to be usable() now.
    static Result<Authority> openUsable(const std::filesystem::path& home, svr::WallTime now);
    /// A new root for another kRootLifetime takes the place of the old one: the same name, the same key. So whatever
    /// was issued, the revocation list and devices of either root go on believing each other, in whatever order they
    /// are told and wherever that stops (who shows its chain shows it without the root, as devices and this tool do);
    /// with another key every device would need both roots before any gets a new certificate. What it cannot do is heal
    /// a key that others have: that takes another CA. Reason::configuration when the clock is behind the root.
    static Result<Authority> renew(const std::filesystem::path& home, svr::WallTime now, Random& random);
    static std::filesystem::path fileIn(const std::filesystem::path& home) { return home / "ca.pem"; }

    const svr::Certificate& root() const { return kept_.root(); }
    /// The names and keys are the same: `former` is this root or one before it.
    bool succeeds(const svr::Certificate& former) const {
        return equal(former.subject, root().subject) && former.key == root().key;
    }
    /// Reason::configuration when the root has expired or is not valid yet: nothing is issued then.
    Result<void> usable(svr::WallTime now) const;
    /// An identity certificate that passes the judgement of a device that trusts this root (facts 6.4), for at most
    /// `days` and never longer than the root. Reason::precondition for the CA's own key.
    Result<svr::Certificate> certify(const EndEntity& subject, svr::WallTime now, std::chrono::days days,
                                     Random& random) const;
    /// The same for a role certificate (facts 6.5). Reason::usage for a role or authority that no certificate can
    /// carry.
    Result<svr::Certificate> certifyRole(const EndEntity& subject, const svr::RoleId& role, svr::WallTime now,
                                         std::chrono::days days, Random& random) const;

    /// The certificates of this subject, of every kind, that have not expired, of this root. Reason::stateCorrupt names
    /// the file that is damaged.
    Result<std::vector<svr::Certificate>> issuedTo(const Uuid& subject, svr::WallTime now) const;
    /// Reason::precondition when the CA has issued to another subject for this key and it has not expired: one key is
    /// one subject, whoever has it could pass for both.
    Result<void> checkKey(const EndEntity& subject, svr::WallTime now) const;
    /// A revocation list of this CA in DER. Reason::configuration as of usable().
    Result<Bytes> sign(const Revocations& revocations) const;

private:
    Result<Lifetime> lifetime(const EndEntity& subject, svr::WallTime now, std::chrono::days days) const;
    Result<std::vector<svr::Certificate>> issued(svr::WallTime now) const;
    Result<svr::Certificate> recorded(Result<svr::Certificate> made) const;
    Authority(KeyedCertificate kept, const std::filesystem::path& home)
        : kept_{std::move(kept)}, issued_{home / "issued",
                                          "remove it; what it was can be revoked by its serial number: "
                                          "ocf-obt revoke --serial"} {}
    KeyedCertificate kept_;
    CertificateFolder issued_;
};

/// Judges peers by a root alone: the chain has to be that of `peer` (facts 6.4).
svr::TrustAnchor anchorFor(const svr::Certificate& root, const Uuid& peer);

} // namespace ocfsecd::obt
