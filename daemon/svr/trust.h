#pragma once
// Whom a device believes and as whom it shows itself: its trust anchors, its revocation list and its own certificates,
// read once from a state.

#include "svr/certificate_chain.h"

namespace ocfsecd::svr {

/// `credusage` (facts 6.2).
namespace credusage {
inline constexpr std::string_view trustca = "oic.sec.cred.trustca", cert = "oic.sec.cred.cert",
                                  rolecert = "oic.sec.cred.rolecert", mfgtrustca = "oic.sec.cred.mfgtrustca",
                                  mfgcert = "oic.sec.cred.mfgcert";
}

/// What is believed about peers: the anchors of oic.sec.cred.trustca, never those of the maker (facts 6.5).
class Trust {
public:
    Trust() = default;
    explicit Trust(const DeviceState& state);

    std::span<const TrustAnchor> anchors() const { return anchors_; }
    /// DER names of the anchors, each once: for the CertificateRequest.
    std::vector<Bytes> names() const;
    /// The peer whose identity chain this is (facts 6.4: the UUID in the common name). Reason::malformed.
    Result<Certificate> judgeIdentity(const std::vector<Bytes>& chain, WallTime now) const;
    /// A role certificate; the anchors that vouch for its subject decide.
    Result<Certificate> judgeRole(const std::vector<Bytes>& chain, WallTime now) const;

private:
    Result<Certificate> judge(const std::vector<Bytes>& chain, ChainUse use, WallTime now) const;

    std::vector<TrustAnchor> anchors_;
    std::optional<RevocationList> revoked_;
};

/// The certificates of a credential, DER, leaf first; nothing for one that has none.
std::vector<Bytes> chainOf(const Credential& credential);
/// The public key of the device's identity key; nothing before it is made.
std::optional<PublicKey> identityPublicKey(const DeviceState& state);

} // namespace ocfsecd::svr
