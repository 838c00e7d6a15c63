#pragma once
// This identity's own certificate: issued here by its own CA, or by that of another home (own_request.h), kept with its
// key.
//
//   certificate.pem   key, certificate and root (keyed_certificate.h)

#include "tools/obt/authority.h"
#include "tools/obt/home.h"
#include "tools/obt/peer.h"

namespace ocfsecd::obt {

class OwnCertificate {
public:
    /// The one in force. A missing one, one of another root and one that ends soon are made anew by the CA of this
    /// home, for the same key if there is one, and one that is revoked for a new key. Reason::stateMissing without
    /// certificate and CA.
    static Result<OwnCertificate> obtain(const Home& home, svr::WallTime now, Random& random);

    static std::filesystem::path fileIn(const Home& home) { return home.directory() / "certificate.pem"; }

    const svr::Certificate& certificate() const { return kept_.leaf(); }
    const svr::Certificate& root() const { return kept_.root(); }
    /// For a session: shown to the peer, which is judged against the same root.
    OwnIdentity shown() const;
    /// A peer's chain has to be that of `device` under this root, now, and not be revoked here.
    /// Reason::handshakeFailed.
    JudgeChain judgeOf(const Uuid& device, svr::WallTime now) const;

private:
    OwnCertificate(KeyedCertificate kept, std::optional<svr::RevocationList> revoked)
        : kept_{std::move(kept)}, revoked_{std::move(revoked)} {}
    KeyedCertificate kept_;
    std::optional<svr::RevocationList> revoked_; ///< of this home's CA
};

} // namespace ocfsecd::obt
