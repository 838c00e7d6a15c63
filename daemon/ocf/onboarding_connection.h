#pragma once
// The Device Onboarding Connection (DOC): the one DTLS session opened in RFOTM with the selected owner transfer method,
// and the rules D1–D8 of facts clause 4.1 around it. Pure: it decides, the Device acts.

#include "base/address.h"
#include "base/clock.h"
#include "dtls/listener.h"
#include "svr/state.h"

#include <optional>

namespace ocfsecd::ocf {

/// How long a DOC may do what (facts 1.7 and 4.1, hardening rules).
struct OnboardingTimers {
    Duration halfOpen = 60s;   ///< from the first valid cookie to the end of the handshake, begun anew or not
    Duration idle = 30s;       ///< RFOTM: a silent DOC ends
    Duration total = 10min;    ///< from its start; any state
    Duration afterRfnop = 60s; ///< then its privilege is revoked
};

class OnboardingConnection {
public:
    explicit OnboardingConnection(OnboardingTimers timers) : timers_{timers} {}

    /// What a cookie-valid ClientHello meets.
    enum class Verdict {
        admit,
        noMethod,     ///< D1: oxmsel is still "self"
        taken,        ///< D3: another peer has the DOC
        peerReturned, ///< hardening rule: the open DOC's own peer starts anew, which ends the DOC
    };
    Verdict judge(const Address& peer, bool methodSelected) const;

    void handshakeStarted(const Address& peer, TimePoint now);
    void established(dtls::SessionId session, const Address& peer, TimePoint now);
    void activity(TimePoint now) { lastActivity_ = now; }
    void enteredRfnop(TimePoint now);
    void forget();

    /// A peer has begun the handshake or has the session (D3, D4 count it from the valid cookie on).
    bool occupied() const { return peer_.has_value(); }
    bool open() const { return session_ != 0; }
    bool is(dtls::SessionId session) const { return session != 0 && session == session_; }
    dtls::SessionId session() const { return session_; }
    const std::optional<Address>& peer() const { return peer_; }
    /// Does this peer hold the DOC or its handshake?
    bool heldBy(const Address& peer) const { return peer_ == peer; }

    std::optional<TimePoint> deadline(svr::OnboardingState state) const;

private:
    OnboardingTimers timers_;
    std::optional<Address> peer_;
    dtls::SessionId session_ = 0;
    TimePoint openedAt_{};
    TimePoint lastActivity_{};
    std::optional<TimePoint> rfnopAt_;
};

} // namespace ocfsecd::ocf
