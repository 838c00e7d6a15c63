#include "ocf/certificates.h"

#include <algorithm>

namespace ocfsecd::ocf {

bool Certificates::refresh(const svr::DeviceState& state) {
    std::vector<svr::Credential> certified;
    for (const auto& credential : state.cred.creds)
        if (credential.type == svr::credtype::asymmetricSigningWithCertificate)
            certified.push_back(credential);
    if (certified == read_ && state.crl == readCrl_)
        return false;
    trust_ = std::make_shared<const svr::Trust>(state);
    own_.clear();
    manufacturer_.reset();
    for (const auto& credential : certified) {
        Own own{{credential.id, credential.proven, {}, {}},
                std::make_shared<const std::vector<Bytes>>(svr::chainOf(credential))};
        if (const auto leaf = own.chain->empty() ? Failure{} : svr::readCertificate(own.chain->front()); leaf) {
            own.choice.notBefore = leaf->notBefore;
            own.choice.notAfter = leaf->notAfter;
        }
        if (credential.usage == svr::credusage::cert)
            own_.push_back(std::move(own));
        else if (credential.usage == svr::credusage::mfgcert)
            manufacturer_ = std::move(own);
    }
    read_ = std::move(certified);
    readCrl_ = state.crl;
    return true;
}

std::shared_ptr<const dtls::CertificateIdentity> Certificates::forOnboarding(const Address& peer) {
    if (!manufacturer_)
        return nullptr;
    admitted_[peer] = {SigningKey::manufacturer, manufacturer_->choice.id, manufacturer_->chain, trust_};
    auto out = std::make_shared<dtls::CertificateIdentity>();
    out->chain = *manufacturer_->chain;
    return out;
}

std::shared_ptr<const dtls::CertificateIdentity> Certificates::forPeer(const Address& peer, svr::WallTime now) {
    if (!ready())
        return nullptr;
    std::vector<OwnCertificate> choices;
    for (const auto& own : own_)
        choices.push_back(own.choice);
    const auto chosen = choice_.choose(choices, peer, now);
    const auto& own = chosen ? own_[*chosen] : *manufacturer_;
    admitted_[peer] = {chosen ? SigningKey::identity : SigningKey::manufacturer, own.choice.id, own.chain, trust_};
    auto out = std::make_shared<dtls::CertificateIdentity>();
    out->chain = *own.chain;
    out->askPeer = true;
    out->authorities = trust_->names();
    out->judgePeer = [trust = trust_, now](const std::vector<Bytes>& chain) -> Result<void> {
        auto peerCertificate = trust->judgeIdentity(chain, now);
        if (peerCertificate)
            return {};
        auto failure = peerCertificate.failure();
        failure.reason = Reason::handshakeFailed;
        return failure;
    };
    return out;
}

const Certificates::Shown* Certificates::begin(dtls::SessionId session, const Address& peer) {
    if (auto admitted = admitted_.extract(peer))
        handshakes_.insert_or_assign(session, std::move(admitted.mapped()));
    const auto found = handshakes_.find(session);
    return found == handshakes_.end() ? nullptr : &found->second;
}

std::optional<Certificates::Shown> Certificates::end(dtls::SessionId session) {
    auto handshake = handshakes_.extract(session);
    return handshake ? std::optional{std::move(handshake.mapped())} : std::nullopt;
}

std::optional<svr::DeviceState> Certificates::proven(const svr::DeviceState& state, const Shown& shown) {
    const auto* credential = shown.key == SigningKey::identity ? svr::findCredential(state, shown.id) : nullptr;
    if (credential == nullptr || credential->usage != svr::credusage::cert || credential->proven)
        return std::nullopt;
    auto next = state;
    std::ranges::find(next.cred.creds, shown.id, &svr::Credential::id)->proven = true;
    return next;
}

bool Certificates::holds(const std::vector<Bytes>& peerChain, const Shown& shown, svr::WallTime now) const {
    const bool stillShown = shown.key == SigningKey::manufacturer
                                ? manufacturer_ && manufacturer_->is(shown)
                                : std::ranges::any_of(own_, [&](const Own& own) { return own.is(shown); });
    if (!stillShown || peerChain.empty())
        return false;
    return isCurrent(shown) || trust_->judgeIdentity(peerChain, now).ok();
}

} // namespace ocfsecd::ocf
