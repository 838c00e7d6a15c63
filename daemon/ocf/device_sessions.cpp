// A Device's secure sessions: who may begin a handshake, which key it gets, who the peer is, and what its end means.

#include "ocf/device.h"
#include "svr/pin_key.h"
#include "svr/validity.h"

#include <algorithm>

namespace ocfsecd::ocf {

namespace {

/// Facts 5.4: the 16 octets of the peer's UUID; in RFNOP also behind the prefix of the Random PIN method.
std::optional<Uuid> uuidOfIdentity(ByteView identity, svr::OnboardingState state) {
    constexpr std::string_view prefix = "oic.sec.doxm.rdp:";
    if (state == svr::OnboardingState::rfnop && identity.size() == prefix.size() + 16 &&
        textOf(identity).starts_with(prefix))
        identity = identity.subspan(prefix.size());
    return Uuid::fromRaw(identity);
}

/// Facts 4.4 and 7.1, by preference.
constexpr std::array kCertificateSuites{dtls::Suite::ecdheEcdsaAes128Ccm8, dtls::Suite::ecdheEcdsaAes128Ccm,
                                        dtls::Suite::ecdheEcdsaAes256Ccm8, dtls::Suite::ecdheEcdsaAes256Ccm};

} // namespace

void Device::pumpListener(TimePoint now) {
    for (auto& event : listener_.takeEvents())
        onEvent(event, now);
}

void Device::onEvent(dtls::ListenerEvent& event, TimePoint now) {
    using Kind = dtls::ListenerEvent::Kind;
    switch (event.kind) {
    case Kind::established:
        return onEstablished(event, now);
    case Kind::keyWanted:
        return onKeyWanted(event, now);
    case Kind::stepWanted:
        return onStepWanted(event, now);
    case Kind::closed:
        return onClosed(event, now);
    case Kind::message: {
        if (doc_.is(event.session))
            doc_.activity(now);
        const auto found = peers_.find(event.session);
        if (found == peers_.end())
            return;
        found->second.arrival = secureArrival_;
        return take({event.peer, event.session, 0}, secureArrival_, event.message, coap::decode(event.message), now);
    }
    case Kind::refused:
        certificates_.forget(event.peer);
        // Admitted, but without a common suite: no handshake began, so nobody holds the onboarding connection.
        if (!doc_.open() && doc_.heldBy(event.peer) && listener_.find(event.peer) == 0) {
            doc_.forget();
            effects_.changed = true;
        }
        return report({Event::Kind::connectionRefused,
                       event.close.failure.reason,
                       event.close.failure.what,
                       event.close.failure.next,
                       {{"PEER", event.peer.text()}}});
    case Kind::garbage:
        return report({Event::Kind::unexpectedTraffic,
                       Reason::malformed,
                       "a datagram on the secure port is not DTLS 1.2",
                       "",
                       {{"PEER", event.peer.text()}}});
    }
}

dtls::Admission Device::admit(const Address& peer, TimePoint now) {
    dtls::Admission out;
    const auto refuse = [&out](std::string what, std::string next) {
        out.refusal = {Reason::handshakeFailed, std::move(what), std::move(next)};
        return out;
    };
    if (resetting_ != Resetting::no)
        return refuse("the device is being reset", "discover it again in a few seconds: its device UUID changes");
    const auto state = state_.pstat.state;
    if (state != svr::OnboardingState::rfotm) {
        out.admit = true;
        out.suites = {dtls::Suite::ecdhePskAes128CbcSha256}; // facts 7.1; never the anonymous suite
        out.pskHint =
            copyOf(state_.doxm.deviceuuid.raw()); // facts 5.4: mandatory for clients that choose the key by it
        out.certificates = certificates_.forPeer(peer, wallTime());
        if (out.certificates)
            out.suites.insert(out.suites.end(), kCertificateSuites.begin(), kCertificateSuites.end());
        return out;
    }
    // The commit that ends RFOTM wins: whoever came in now would hold the onboarding connection of an owned device.
    if (commit_)
        return refuse("the device is just being owned", "connect with a credential of its owner");
    switch (doc_.judge(peer, methodReady(now))) {
    case OnboardingConnection::Verdict::admit:
        break;
    case OnboardingConnection::Verdict::noMethod:
        return refuse("no owner transfer method is selected", "POST oxmsel to /oic/sec/doxm first");
    case OnboardingConnection::Verdict::taken:
        return refuse("another peer is onboarding this device",
                      "wait until it has finished or its connection has ended");
    case OnboardingConnection::Verdict::peerReturned:
        beginReset(false, now); // the onboarding connection's own peer starts anew: that connection has ended (D5)
        return refuse("the onboarding connection was given up by its peer",
                      "discover the device again: its UUID changes");
    }
    if (!doc_.occupied())
        coap_.withdrawAnswers(); // facts 4.1 D4
    doc_.handshakeStarted(peer, now);
    out.admit = true;
    if (state_.doxm.oxmsel == svr::oxm::randomPin) {
        out.suites = {dtls::Suite::ecdhePskAes128CbcSha256};
        out.pskHint = svr::pinHint(state_.doxm.deviceuuid);
    } else if (state_.doxm.oxmsel == svr::oxm::manufacturerCertificate) {
        out.suites.assign(kCertificateSuites.begin(), kCertificateSuites.end());
        out.certificates = certificates_.forOnboarding(peer);
    } else {
        out.suites = {dtls::Suite::ecdhAnonAes128CbcSha256};
    }
    effects_.changed = true;
    return out;
}

/// A method is selected and can be used now (facts 4.1 D1).
bool Device::methodReady(TimePoint now) const {
    const auto method = state_.doxm.oxmsel;
    return method == svr::oxm::justWorks || (method == svr::oxm::randomPin && pin_.usable(now)) ||
           (method == svr::oxm::manufacturerCertificate && certificates_.hasManufacturer());
}

void Device::onKeyWanted(const dtls::ListenerEvent& event, TimePoint now) {
    if (state_.pstat.state == svr::OnboardingState::rfotm) {
        // Facts 4.4: exactly this identity, and one attempt.
        const bool isPin = doc_.heldBy(event.peer) && textOf(event.identity) == svr::kPinIdentity;
        return listener_.provideKey(event.session, isPin ? pin_.attempt(state_.doxm.deviceuuid, now) : nullptr, now);
    }
    const auto uuid = uuidOfIdentity(event.identity, state_.pstat.state);
    const auto* credential = uuid ? svr::usablePsk(state_, *uuid, wallTime()) : nullptr;
    if (credential == nullptr || credential->key.empty())
        return listener_.provideKey(event.session, nullptr, now);
    if (!credential->key.sealed) // RFOTM: nothing is sealed yet, and nothing but the onboarding connection is admitted
        return listener_.provideKey(event.session, nullptr, now);
    offeredKeys_[event.session] = *credential->key.sealed;
    if (auto key = keys_.get(*credential->key.sealed, now))
        return listener_.provideKey(event.session, std::move(key), now);
    // However many handshakes wait for it, the TPM is asked once: whoever knows an identity must not load it.
    const auto [waiting, isFirst] = unsealing_.try_emplace(credential->key.sealed->privateArea);
    waiting->second.push_back(event.session);
    if (isFirst)
        effects_.unseals.push_back({event.session, *credential->key.sealed});
}

void Device::unsealed(dtls::SessionId session, const svr::SealedBlob& blob, Result<SecretBytes> key, TimePoint now) {
    const auto waiting = unsealing_.extract(blob.privateArea);
    const auto sessions = waiting.empty() ? std::vector{session} : waiting.mapped();
    if (key) {
        const auto shared = std::make_shared<const SecretBytes>(*std::move(key));
        keys_.put(blob, shared, now);
        for (const auto id : sessions)
            listener_.provideKey(id, shared, now);
        oscore_.open(blob, shared);
        releaseHeld(now);
    } else {
        held_.clear(); // whoever waits asks again
        // No alert: "unknown identity" would be a lie that makes the peer forget its credential. It tries again.
        report({Event::Kind::handshakeFailed, key.failure().reason, key.failure().what, key.failure().next, {}});
        for (const auto id : sessions)
            listener_.close(id, now);
    }
    pumpListener(now);
}

void Device::stepDone(dtls::SessionId session, TimePoint now) {
    signing_.erase(session);
    listener_.stepDone(session, now);
    pumpListener(now);
}

void Device::onEstablished(const dtls::ListenerEvent& event, TimePoint now) {
    Peer peer;
    peer.address = event.peer;
    peer.arrival = secureArrival_;
    const auto uuid = uuidOfIdentity(event.identity, state_.pstat.state);
    const auto offered = offeredKeys_.extract(event.session);
    auto shown = certificates_.end(event.session);
    certificates_.forget(event.peer);
    const bool unowned = state_.pstat.state == svr::OnboardingState::rfotm;
    if (unowned || event.suite == dtls::Suite::ecdhAnonAes128CbcSha256) {
        if (!unowned || !doc_.heldBy(event.peer))
            return listener_.close(event.session, now);
        doc_.established(event.session, event.peer, now);
        voidPin("used");
    } else if (const auto* credential = uuid ? svr::usablePsk(state_, *uuid, wallTime()) : nullptr;
               credential != nullptr && !offered.empty() && credential->key.sealed == offered.mapped()) {
        peer.uuid = *uuid;
        peer.key = offered.mapped();
    } else if (!shown || !identifiedByCertificate(event, *std::move(shown), peer)) { // gone while the handshake ran
        return listener_.close(event.session, now);
    }
    peers_.emplace(event.session, std::move(peer));
    effects_.changed = true;
}

/// The entry whose key opened the session; null where there was none, or is none any more.
const svr::Credential* Device::credentialOf(const Peer& peer) const {
    if (!peer.key)
        return nullptr;
    const auto& creds = state_.cred.creds;
    const auto at = std::ranges::find(creds, peer.key, [](const auto& entry) { return entry.key.sealed; });
    return at == creds.end() ? nullptr : &*at;
}

/// Facts 2.4: its key holds no longer. Also where the entry has been deleted since: that does not make it hold again.
bool Device::isOver(Peer& peer) const {
    if (const auto* credential = credentialOf(peer))
        peer.period = credential->period;
    return !svr::isWithinPeriod(peer.period, wallTime());
}

void Device::onClosed(const dtls::ListenerEvent& event, TimePoint now) {
    peers_.erase(event.session);
    if (const auto offered = offeredKeys_.extract(event.session))
        if (const auto waiting = unsealing_.find(offered.mapped().privateArea); waiting != unsealing_.end())
            std::erase(waiting->second, event.session); // the TPM's answer is still to come
    coap_.dropSession(event.session);
    if (!event.wasEstablished)
        certificateFailed(event);
    effects_.changed = true;
    if (!event.wasEstablished && event.close.cause != dtls::Close::Cause::localClose)
        report({Event::Kind::handshakeFailed,
                event.close.failure.reason,
                event.close.failure.what,
                event.close.failure.next,
                {{"PEER", event.peer.text()}}});
    const bool beganAnew = event.close.cause == dtls::Close::Cause::replaced; // the same peer's next handshake goes on
    const bool wasDoc = doc_.is(event.session) || (!doc_.open() && doc_.heldBy(event.peer) && !beganAnew);
    if (!wasDoc)
        return;
    doc_.forget();
    // D5: the onboarding connection, or its handshake, ended before RFPRO. While the RFPRO commit is under way it wins.
    if (state_.pstat.state == svr::OnboardingState::rfotm && !commit_ && resetting_ == Resetting::no)
        beginReset(false, now);
}

} // namespace ocfsecd::ocf
