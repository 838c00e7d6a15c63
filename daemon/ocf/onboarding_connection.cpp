#include "ocf/onboarding_connection.h"

namespace ocfsecd::ocf {

OnboardingConnection::Verdict OnboardingConnection::judge(const Address& peer, bool methodSelected) const {
    if (peer_ && *peer_ != peer)
        return Verdict::taken;
    if (open())
        return Verdict::peerReturned;
    return methodSelected ? Verdict::admit : Verdict::noMethod;
}

void OnboardingConnection::handshakeStarted(const Address& peer, TimePoint now) {
    if (!heldBy(peer)) // who begins anew does not get more time by it
        openedAt_ = now;
    peer_ = peer;
    lastActivity_ = now;
}

void OnboardingConnection::established(dtls::SessionId session, const Address& peer, TimePoint now) {
    peer_ = peer;
    session_ = session;
    openedAt_ = now;
    lastActivity_ = now;
}

void OnboardingConnection::enteredRfnop(TimePoint now) {
    if (open() && !rfnopAt_)
        rfnopAt_ = now;
}

void OnboardingConnection::forget() {
    peer_.reset();
    session_ = 0;
    rfnopAt_.reset();
}

std::optional<TimePoint> OnboardingConnection::deadline(svr::OnboardingState state) const {
    if (!occupied())
        return std::nullopt;
    if (!open())
        return openedAt_ + timers_.halfOpen;
    std::optional<TimePoint> at = openedAt_ + timers_.total;
    if (state == svr::OnboardingState::rfotm)
        at = earlier(at, lastActivity_ + timers_.idle);
    if (rfnopAt_)
        at = earlier(at, *rfnopAt_ + timers_.afterRfnop);
    return at;
}

} // namespace ocfsecd::ocf
