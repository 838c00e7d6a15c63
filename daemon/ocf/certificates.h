#pragma once
// A device's certificates at work: read once per state, one chosen for each handshake, and what each handshake was
// shown until it is over.

#include "dtls/listener.h"
#include "ocf/certificate_choice.h"
#include "ocf/effects.h"
#include "svr/certificate_session.h"
#include "svr/trust.h"

#include <map>
#include <unordered_map>

namespace ocfsecd::ocf {

class Certificates {
public:
    /// What one handshake shows, and against what its peer is judged.
    struct Shown {
        SigningKey key = SigningKey::manufacturer;
        svr::CredId id{};
        std::shared_ptr<const std::vector<Bytes>> chain;
        std::shared_ptr<const svr::Trust> trust;
    };

    /// After any change of the state. True when what is trusted or shown changed.
    bool refresh(const svr::DeviceState& state);

    const svr::Trust& trust() const { return *trust_; }
    bool hasManufacturer() const { return manufacturer_.has_value(); }
    /// There is something to show and somebody to trust: certificate suites make sense (facts 7.1).
    bool ready() const { return (!own_.empty() || manufacturer_) && !trust_->anchors().empty(); }

    /// For the onboarding connection: the maker's chain, nobody is asked (facts 4.4).
    std::shared_ptr<const dtls::CertificateIdentity> forOnboarding(const Address& peer);
    /// For an owned device: mutual; an own certificate, else the maker's (facts 6.6).
    std::shared_ptr<const dtls::CertificateIdentity> forPeer(const Address& peer, svr::WallTime now);

    /// The handshake of that peer goes on as this session.
    const Shown* begin(dtls::SessionId session, const Address& peer);
    /// It is over; nothing when it was none with certificates.
    std::optional<Shown> end(dtls::SessionId session);
    /// The peer was admitted and did not take up certificates.
    void forget(const Address& peer) { admitted_.erase(peer); }
    void failed(const Address& peer, const Shown& shown) { choice_.failed(peer, shown.id); }
    /// The state that says this certificate has worked; nothing when it already does.
    static std::optional<svr::DeviceState> proven(const svr::DeviceState& state, const Shown& shown);

    /// Nothing has changed since this was shown, or judged last.
    bool isCurrent(const Shown& shown) const { return shown.trust == trust_; }
    /// Is what was shown still shown, and the chain its peer showed trusted? The latter is judged again only if
    /// something has changed.
    bool holds(const std::vector<Bytes>& peerChain, const Shown& shown, svr::WallTime now) const;
    void judged(Shown& shown) const { shown.trust = trust_; }

private:
    struct Own {
        OwnCertificate choice;
        std::shared_ptr<const std::vector<Bytes>> chain;
        bool is(const Shown& shown) const { return choice.id == shown.id && *chain == *shown.chain; }
    };

    std::vector<svr::Credential> read_; ///< what the rest was made from
    std::optional<svr::Crl> readCrl_;
    std::shared_ptr<const svr::Trust> trust_ = std::make_shared<const svr::Trust>();
    std::vector<Own> own_; ///< oldest first
    std::optional<Own> manufacturer_;
    CertificateChoice choice_;
    std::map<Address, Shown> admitted_;                     ///< until the handshake has a session
    std::unordered_map<dtls::SessionId, Shown> handshakes_; ///< until they are over
};

} // namespace ocfsecd::ocf
