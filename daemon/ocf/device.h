#pragma once
// One logical OCF device: its state, its secure sessions, the requests it answers, its way through onboarding. Pure:
// datagrams, outcomes and time come in, Effects come out. A gateway hosts one or several; nothing here is shared
// between them.

#include "coap/server.h"
#include "ocf/audit_trail.h"
#include "ocf/certificates.h"
#include "ocf/dispatch.h"
#include "ocf/effects.h"
#include "ocf/endpoints.h"
#include "ocf/just_works.h"
#include "ocf/key_cache.h"
#include "ocf/onboarding_connection.h"
#include "ocf/oscore_contexts.h"
#include "svr/known_time.h"
#include "svr/phase.h"

#include <deque>
#include <functional>
#include <map>
#include <unordered_map>

namespace ocfsecd::ocf {

struct DeviceSettings {
    svr::Capabilities capabilities; ///< what the maker allows; Just Works is left out while its window is closed
    CoreProperties core;
    svr::AccessPolicy access;
    OnboardingTimers onboarding;
    JustWorks justWorks = JustWorks::window;
    Duration justWorksWindow =
        15min; ///< from an unowned start that opens it, an ownership's end or an operator's reset
    RandomPinOffer randomPin = RandomPinOffer::display;
    RandomPinSettings pin;
    bool manufacturerCertificate = true;             ///< offered where one is installed (facts 2.1)
    std::shared_ptr<const svr::WallClock> wallClock; ///< null: there is none, only the last known good time
    bool offLinkOnboarding = false;                  ///< RFOTM: also answer peers that are no direct neighbours
    Duration resetDelay = 2s;                        ///< from the 2.04 to the erasure (facts 1.6)
    Duration resetRetry = 5s;         ///< an erasure that failed (TPM gone) is tried again after this time
    Duration discoveryJitter = 2s;    ///< multicast answers are spread over this time (facts 2.1)
    Duration keyCache = 60s;          ///< unsealed keys are kept this long
    std::size_t maxQueuedWrites = 16; ///< waiting for a commit; beyond it 5.03
    std::size_t auditSpace = svr::kDefaultAuditSpace; ///< `ael.maxspace`
    Duration auditEvery = 30s;                        ///< auditable events reach the disk no oftener
    coap::ServerSettings coap;
    dtls::ListenerSettings dtls;
};

class Device final : private dtls::Gate {
public:
    using Done = std::function<void(Result<void>)>;

    Device(unsigned index, DeviceSettings settings, Random& random, TimePoint now);
    ~Device() override;

    /// What the maker installed: before one of the following, and again when it changes.
    void setManufacturerCredentials(std::vector<svr::Credential> credentials);

    // What start-up found. Until one of these is called, and after failed(), nothing is served.
    void startUnowned(TimePoint now, bool opensWindow = true);
    void startOwned(svr::DeviceState state, TimePoint now);
    Result<void> restoreAuditLog(ByteView octets); ///< before startOwned(); Reason::stateCorrupt
    void startResetting(TimePoint now);            ///< completes a marked RESET
    void failed(Failure why, TimePoint now);

    void receiveClear(const coap::Channel& channel, const Arrival& arrival, ByteView datagram, TimePoint now);
    void receiveSecure(const Address& peer, const Arrival& arrival, ByteView datagram, TimePoint now);
    void setEndpoints(std::vector<LocalAddress> addresses, Ports ports);
    void tick(TimePoint now);
    std::optional<TimePoint> deadline() const;

    // Outcomes of what takeEffects() asked for.
    void committed(std::uint64_t ticket, Result<svr::DeviceState> outcome, TimePoint now);
    void unsealed(dtls::SessionId session, const svr::SealedBlob& blob, Result<SecretBytes> key, TimePoint now);
    void stepDone(dtls::SessionId session, TimePoint now);
    void csrMade(std::uint64_t ticket, Result<MadeCsr> outcome, TimePoint now);
    void resettingMarked(Result<void> outcome, TimePoint now);
    void resetFinished(Result<void> outcome, TimePoint now);
    void auditLogWritten(const Result<void>& outcome);
    Effects takeEffects(TimePoint now);

    // The operator's acts (D-Bus). `done` is told when it is durable.
    void reset(Done done, TimePoint now); ///< any state → RESET → RFOTM
    void softReset(Done done);            ///< RFPRO, RFNOP → SRESET
    /// Somebody can show a PIN, or nobody can any more: then the one that is shown is void.
    void setPinDisplay(bool somebody);
    const RandomPin& randomPin() const { return pin_; }
    /// Why somebody who shows PINs is of no use. Reason::methodNotAllowed.
    Result<void> mayShowPins() const;
    /// What is to be shown now. Reason::precondition, methodNotAllowed, unavailable: why there is no PIN.
    Result<ShownPin> shownPin() const;
    /// Opens Just Works for so long, counted from now. Reason::precondition: the device has an owner;
    /// methodNotAllowed: it never offers Just Works; unavailable.
    Result<void> openWindow(Duration time, TimePoint now);
    /// What a request would get now: of that peer over a session of its own, of anybody in clear without one.
    /// Reason::notFound: no such resource.
    Result<svr::Decision> checkAccess(const std::optional<Uuid>& peer, const std::string& href,
                                      svr::Operation operation) const;
    void closeSessions(TimePoint now); ///< shutdown: close_notify to all

    unsigned index() const { return index_; }
    const svr::DeviceState& state() const { return state_; }
    const std::optional<Failure>& failure() const { return failure_; }
    svr::Phase phase() const;
    bool serving() const { return serving_; }
    Failure notServed() const; ///< what keeps it from being served, for whoever asks all the same
    bool pending() const;      ///< a commit or a RESET is being worked on
    std::size_t sessions() const { return listener_.sessions(); }
    std::size_t associations() const { return listener_.sessions() + listener_.handshakes(); }
    const Endpoints& endpoints() const { return endpoints_; }
    std::vector<int> offeredMethods() const; ///< owner transfer methods, `doxm.oxms`
    svr::WallTime wallTime() const;          ///< the effective one: never before the last known good time
    const svr::AuditLog& auditLog() const { return audit_.log(); }

private:
    struct Peer {
        Uuid uuid;                          ///< nil on the anonymous DOC
        std::optional<svr::SealedBlob> key; ///< of the symmetric credential in use
        std::string period;                 ///< of that credential, as it was when it was last seen
        std::optional<svr::CertificateSession> certificate;
        Certificates::Shown shown; ///< with `certificate`: what its authentication rested on
        Address address;
        Arrival arrival; ///< of its latest datagram
    };
    struct Waiting { ///< a request whose answer waits
        coap::Incoming incoming;
        Arrival arrival;
    };
    struct Commit { ///< the one commit under way
        std::uint64_t ticket = 0;
        std::optional<Waiting> waiting; ///< answered when durable
        coap::Response response;
        Done done;
    };

    bool mayApproach(const Address& peer) const;
    dtls::Admission admit(const Address& peer, TimePoint now) override;
    void pumpListener(TimePoint now);
    void onEvent(dtls::ListenerEvent& event, TimePoint now);
    void onEstablished(const dtls::ListenerEvent& event, TimePoint now);
    void onClosed(const dtls::ListenerEvent& event, TimePoint now);
    void onKeyWanted(const dtls::ListenerEvent& event, TimePoint now);
    void onStepWanted(dtls::ListenerEvent& event, TimePoint now);
    const svr::Credential* credentialOf(const Peer& peer) const;
    bool isOver(Peer& peer) const;
    void certificateFailed(const dtls::ListenerEvent& event);
    bool identifiedByCertificate(const dtls::ListenerEvent& event, Certificates::Shown shown, Peer& peer);
    bool isTrusted(dtls::SessionId session, Peer& peer);
    void judgeSessions(TimePoint now);
    void refreshCertificates();

    void requestCsr(const Waiting& waiting, svr::Reply reply, TimePoint now);
    void askForCsr();
    void adoptCsr(TimePoint now);
    void answerCsrs(const Result<std::string>& pem, TimePoint now);
    void recordProof();

    struct Protected { ///< a protected request that waits to be opened
        coap::Channel channel;
        Arrival arrival;
        Bytes datagram;
    };
    bool takeProtected(const coap::Channel& channel, const Arrival& arrival, ByteView datagram,
                       const Result<coap::Message>& message, TimePoint now);
    bool takeFromGroup(ContextNumber context, Protected request, const coap::Message& message, TimePoint now);
    void turnAway(const coap::Channel& channel, const coap::Message& request, coap::Message answer);
    bool openContext(ContextNumber context, TimePoint now);
    bool hold(Protected waiting);
    void releaseHeld(TimePoint now);
    void reserveNumbers(TimePoint now);
    void followCredentials(svr::OnboardingState before);

    void take(const coap::Channel& channel, const Arrival& arrival, ByteView datagram, Result<coap::Message> message,
              TimePoint now);
    void accept(Result<std::optional<coap::Incoming>> received, const coap::Channel& channel, const Arrival& arrival,
                ByteView datagram, TimePoint now);
    void process(Waiting waiting, TimePoint now);
    void answer(const Waiting& waiting, coap::Response response, TimePoint now);
    void refuse(const Waiting& waiting, const Failure& failure, TimePoint now);
    void conclude(const Waiting& waiting, svr::Reply reply, TimePoint now);
    bool paceDiscovery(const Waiting& waiting, TimePoint now);
    const svr::Capabilities& capabilities();
    World world(const svr::Capabilities& capabilities) const;
    svr::Caller callerOf(const coap::Channel& channel) const;
    bool isGroups(const Waiting& waiting) const;

    void startCommit(svr::DeviceState next, bool transition, Commit commit);
    void apply(svr::DeviceState next, TimePoint now);
    void runQueue(TimePoint now);

    void startMarking();
    void beginReset(bool ownedBefore, TimePoint now);
    void endSessions(TimePoint now);
    void enterRfotm(bool openWindow, TimePoint now);
    void closeWindow();
    void voidPin(const char* why);
    bool methodReady(TimePoint now) const;
    svr::WallTime clock() const;
    void beginTime(TimePoint now);
    void report(Event event);
    void reportRefusal(Event::Kind kind, const Failure& failure, const Waiting& waiting);
    void reportChange(const Waiting& waiting);
    void registerObserver(const Waiting& waiting);
    void tellObservers(TimePoint now);
    void dismissObservers(TimePoint now);
    void reportUnexpected(const coap::Channel& channel, ByteView datagram, const Failure& failure);
    bool keepsAuditLog() const;

    unsigned index_;
    DeviceSettings settings_;
    Random& random_;
    bool serving_ = false;
    std::optional<Failure> failure_;
    svr::DeviceState state_;
    svr::Capabilities capabilities_; ///< what the maker allows and has installed; see capabilities()
    Endpoints endpoints_;
    OnboardingConnection doc_;
    coap::Server coap_;
    dtls::Listener listener_;
    KeyCache keys_;
    OscoreContexts oscore_;
    std::vector<Protected> held_;
    std::optional<TimePoint> reserveAfter_; ///< a commit failed: no further one for numbers alone before this
    Certificates certificates_;
    std::vector<Certificates::Shown> toProve_; ///< certificates that worked, to be recorded when no commit is under way
    std::vector<dtls::SessionId> toJudge_;     ///< what is trusted or shown has changed since they were judged
    RandomPin pin_;
    bool pinDisplay_ = false;
    std::string_view pinGone_; ///< why the last one is; empty while there is one, or was none since the last RESET
    std::unordered_map<dtls::SessionId, Peer> peers_;
    std::unordered_map<dtls::SessionId, svr::SealedBlob> offeredKeys_; ///< of handshakes: the key they will prove
    std::map<Bytes, std::vector<dtls::SessionId>> unsealing_; ///< who waits for which sealed object (its private area)
    std::map<Address, TimePoint> pacedDiscoveries_;           ///< multicast answers still to go, by asker
    std::unordered_map<dtls::SessionId, Address> signing_;    ///< handshakes whose step is under way, by host
    Arrival secureArrival_;                                   ///< of the datagram being fed to the listener

    struct CsrWaiting {
        Waiting request;
        svr::Reply reply; ///< to be completed
    };
    struct CsrWork { ///< the one certificate request that is being made
        std::uint64_t ticket = 0;
        Uuid deviceuuid;
        std::optional<MadeCsr> made; ///< its key waits to become part of the state
        bool committing = false;
        std::optional<Result<void>> committed;
    };
    std::optional<CsrWork> csrWork_;
    std::vector<CsrWaiting> csrWaiting_;
    struct Csr {
        Uuid deviceuuid;
        std::string pem;
    };
    std::optional<Csr> csr_; ///< the last one made; good while key and UUID are the same

    using Act = std::function<void(TimePoint)>;
    bool afterCommit(Act act);

    std::vector<Act> acts_;       ///< the operator's, whose turn comes before that of the queue
    bool adoptInstalled_ = false; ///< the state of the commit under way does not know what the maker installed
    std::optional<Commit> commit_;
    std::deque<Waiting> queue_;
    std::uint64_t nextTicket_ = 1;

    enum class Resetting { no, marking, waiting, finishing };
    Resetting resetting_ = Resetting::no;
    bool resetErases_ = false; ///< there is, or may be, something durable
    bool resetOpensWindow_ = false;
    bool ownershipTried_ = false; ///< a commit of RFPRO failed: its state may be on the disk all the same
    std::optional<TimePoint> resetAt_;
    std::vector<Waiting> resetRequests_; ///< answered when the mark is durable
    std::vector<Done> resetDone_;
    std::optional<TimePoint> windowCloses_;
    TimePoint now_{}; ///< of the latest thing that happened
    svr::KnownTime knownTime_;
    AuditTrail audit_;
    Effects effects_;
};

} // namespace ocfsecd::ocf
