#include "dtls/listener.h"

#include "dtls/associations.h"
#include "dtls/client_hello.h"
#include "dtls/cookie_jar.h"
#include "dtls/priorities.h"
#include "dtls/record.h"
#include "dtls/server_session.h"

#include <algorithm>
#include <utility>

namespace ocfsecd::dtls {

struct Listener::State {
    State(ListenerSettings listenerSettings, Gate& admissionGate, Random& randomSource, TimePoint now)
        : settings{std::move(listenerSettings)}, gate{admissionGate}, random{randomSource}, cookies{random, now} {}

    void hello(const Address& peer, ByteView datagram, TimePoint now);
    void record(const Address& peer, ByteView datagram, const Record& first, TimePoint now);
    void begin(const Address& peer, ByteView datagram, const ClientHello& hello, const Admission& admission,
               Suite suite, const gnutls_dtls_prestate_st& prestate, TimePoint now);
    void refuse(const Address& peer, const ClientHello& hello, std::uint8_t alert, Failure failure);
    void deliver(Association& association, ByteView datagram, TimePoint now);
    void makeRoom(const Address& peer, TimePoint now);
    void settle(Association& association, Output&& output, TimePoint now);
    void establish(Association& association, TimePoint now);
    void drop(Association& association, const Close& reason);
    void shut(Association& association, Failure why, TimePoint now);
    void arm(Association& association);

    ListenerSettings settings;
    Gate& gate;
    Random& random;
    CookieJar cookies;
    Associations associations;
    Route arrival; ///< of the datagram being fed
    std::vector<ListenerEvent> events;
    std::vector<Datagram> datagrams;
};

Listener::Listener(ListenerSettings settings, Gate& gate, Random& random, TimePoint now)
    : state_{std::make_unique<State>(std::move(settings), gate, random, now)} {
    // A library or system policy without OCF's suites shows at start-up, not to a peer: all of them are made at once.
    sharedPriority(Suite::ecdhePskAes128CbcSha256);
}

Listener::~Listener() = default;

void Listener::feed(const Address& peer, ByteView datagram, TimePoint now, const Route& route) {
    state_->arrival = route;
    auto rest = datagram;
    const auto first = nextRecord(rest);
    if (!first) {
        state_->events.push_back({.kind = ListenerEvent::Kind::garbage, .peer = peer});
        return;
    }
    if (first->type == ContentType::handshake && first->epoch == 0 && !first->fragment.empty() &&
        first->fragment.front() == handshakeType::clientHello)
        state_->hello(peer, datagram, now);
    else
        state_->record(peer, datagram, *first, now);
}

// Before a valid cookie nothing is kept, changed or reported (facts 4.1 D5a); after it, every address may start anew at
// any time (RFC 6347 section 4.2.8, facts 9 Q33).
void Listener::State::hello(const Address& peer, ByteView datagram, TimePoint now) {
    const auto hello = readClientHello(datagram);
    if (!hello)
        return;
    gnutls_dtls_prestate_st prestate{};
    switch (cookies.verify(peer, datagram, now, prestate)) {
    case CookieJar::Verdict::malformed:
        return;
    case CookieJar::Verdict::wanting:
        datagrams.push_back({peer, cookies.request(peer, datagram, now), arrival});
        return;
    case CookieJar::Verdict::valid:
        break;
    }
    const auto slots = associations.at(peer);
    for (auto* known : {slots.candidate, slots.live}) {
        if (known == nullptr || known->clientRandom != hello->random)
            continue;
        // A repetition. Of a finished handshake it is a late copy, and must not start another.
        if (known->session->phase() == Phase::handshaking)
            deliver(*known, datagram, now);
        return;
    }
    if (!hello->offersDtls12)
        return refuse(peer, *hello, alert::protocolVersion,
                      {Reason::handshakeFailed, "the peer does not speak DTLS 1.2", "update the peer"});
    const auto admission = gate.admit(peer, now);
    if (!admission.admit)
        return refuse(peer, *hello, alert::handshakeFailure, admission.refusal);
    const auto suite = std::ranges::find_if(admission.suites, [&](Suite s) {
        return hello->offers(s) && (!needsCertificates(s) || (admission.certificates && hello->offersP256));
    });
    if (suite == admission.suites.end())
        return refuse(peer, *hello, alert::handshakeFailure,
                      {Reason::handshakeFailed, "the peer offers no cipher suite allowed in this state",
                       "use the owner transfer method or credential type that the device expects"});
    begin(peer, datagram, *hello, admission, *suite, prestate, now);
}

void Listener::State::refuse(const Address& peer, const ClientHello& hello, std::uint8_t alert, Failure failure) {
    datagrams.push_back({peer, plaintextAlert(alert, hello.recordSequence), arrival});
    ListenerEvent event;
    event.kind = ListenerEvent::Kind::refused;
    event.peer = peer;
    event.close = {Close::Cause::handshakeFailed, alert, std::move(failure)};
    events.push_back(std::move(event));
}

void Listener::State::begin(const Address& peer, ByteView datagram, const ClientHello& hello,
                            const Admission& admission, Suite suite, const gnutls_dtls_prestate_st& prestate,
                            TimePoint now) {
    // The peer gave up its own earlier attempt: with a valid cookie nobody else can say so.
    const auto slots = associations.at(peer);
    if (auto* abandoned = slots.candidate != nullptr                          ? slots.candidate
                          : slots.live != nullptr && !slots.live->established ? slots.live
                                                                              : nullptr)
        drop(*abandoned, {Close::Cause::replaced,
                          std::nullopt,
                          {Reason::handshakeFailed, "the peer started another handshake", "nothing needs to be done"}});
    makeRoom(peer, now);
    auto session = makeServerSession({suite, admission.pskHint, prestate, settings.timers, settings.maxHeldDatagrams,
                                      needsCertificates(suite) ? admission.certificates : nullptr},
                                     random, now);
    auto& association = associations.add(peer, std::move(session), now);
    association.clientRandom = hello.random;
    association.route = arrival;
    deliver(association, datagram, now);
}

// Beyond a limit the oldest half-open handshake goes, within a host its own oldest. Refusing the newcomer instead would
// let 16 datagrams a minute lock a host out (and everybody behind the same address); an honest handshake takes
// milliseconds and is gone before it is the oldest. Those whose key was asked for go last: they have named an identity
// and may have to wait for the TPM, a flood of hellos costs its sender nothing but cookies. One host can never push out
// another's handshakes until it commands as many addresses as fill the places.
void Listener::State::makeRoom(const Address& peer, TimePoint now) {
    const auto evict = [&](Association* oldest, const char* what) {
        if (oldest != nullptr)
            shut(*oldest, {Reason::limitReached, what, "finish handshakes at once"}, now);
    };
    if (associations.handshakesOf(peer) >= settings.maxHandshakesPerHost)
        evict(associations.expendableHandshakeOf(peer), "too many unfinished handshakes of one host");
    if (associations.handshakes() >= settings.maxHandshakes)
        evict(associations.expendableHandshake(), "too many unfinished handshakes");
}

// While a candidate stands beside the live session, plaintext is the candidate's; a protected handshake record may be
// either's Finished; every other protected record can only be read by the live one.
void Listener::State::record(const Address& peer, ByteView datagram, const Record& first, TimePoint now) {
    const auto slots = associations.at(peer);
    if (slots.live == nullptr)
        return;
    if (slots.candidate == nullptr)
        return deliver(*slots.live, datagram, now);
    const auto liveId = slots.live->id;
    if (first.epoch == 0 || first.type == ContentType::handshake)
        deliver(*slots.candidate, datagram, now);
    if (first.epoch != 0)
        if (auto* live = associations.find(liveId))
            deliver(*live, datagram, now);
}

void Listener::State::deliver(Association& association, ByteView datagram, TimePoint now) {
    Output output;
    association.session->feed(datagram, now, output);
    if (!output.messages.empty()) // authentic, and no replay
        association.route = arrival;
    settle(association, std::move(output), now);
}

// Turns what a session did into datagrams and events. `association` may be gone afterwards.
void Listener::State::settle(Association& association, Output&& output, TimePoint now) {
    for (auto& datagram : output.datagrams)
        datagrams.push_back({association.peer, std::move(datagram), association.route});
    const auto phase = association.session->phase();
    const auto report = [&](ListenerEvent::Kind kind) -> ListenerEvent& {
        ListenerEvent event;
        event.kind = kind;
        event.session = association.id;
        event.peer = association.peer;
        event.suite = association.session->suite();
        event.identity = copyOf(association.session->identity());
        event.wasEstablished = association.established;
        return events.emplace_back(std::move(event));
    };
    if (phase == Phase::waitingForKey && !association.keyAsked) {
        associations.keyAsked(association);
        report(ListenerEvent::Kind::keyWanted);
    }
    if (phase == Phase::waitingForStep)
        if (auto step = association.session->takeStep())
            report(ListenerEvent::Kind::stepWanted).step = std::move(step);
    if (phase == Phase::established && !association.established) {
        establish(association, now);
        report(ListenerEvent::Kind::established).peerChain = association.session->peerChain();
    }
    for (auto& message : output.messages) {
        associations.touch(association, now);
        report(ListenerEvent::Kind::message).message = std::move(message);
    }
    if (phase == Phase::closed)
        return drop(association, Close{association.session->closeReason()});
    arm(association);
}

void Listener::State::establish(Association& association, TimePoint now) {
    const auto slots = associations.at(association.peer);
    if (slots.live != nullptr && slots.live != &association)
        drop(*slots.live,
             {Close::Cause::replaced,
              std::nullopt,
              {Reason::unavailable, "the peer came back with a new handshake", "nothing needs to be done"}});
    if (associations.sessions() >= settings.maxSessions && associations.leastRecentlyUsed() != nullptr)
        shut(*associations.leastRecentlyUsed(),
             {Reason::limitReached, "too many sessions; the least recently used one made room", "connect again"}, now);
    associations.promote(association, now);
}

void Listener::State::drop(Association& association, const Close& reason) {
    ListenerEvent event;
    event.kind = ListenerEvent::Kind::closed;
    event.session = association.id;
    event.peer = association.peer;
    event.suite = association.session->suite();
    event.identity = copyOf(association.session->identity());
    event.close = reason;
    event.wasEstablished = association.established;
    events.push_back(std::move(event));
    associations.remove(association);
}

void Listener::State::shut(Association& association, Failure why, TimePoint now) {
    Output output;
    association.session->close(now, output);
    for (auto& datagram : output.datagrams)
        datagrams.push_back({association.peer, std::move(datagram), association.route});
    drop(association, {Close::Cause::localClose, std::nullopt, std::move(why)});
}

void Listener::State::arm(Association& association) {
    auto at = association.session->deadline();
    if (association.established)
        at = earlier(at, association.lastActivity + settings.inactivity);
    associations.arm(association, at);
}

void Listener::provideKey(SessionId session, SharedSecret key, TimePoint now) {
    auto* association = state_->associations.find(session);
    if (association == nullptr)
        return;
    Output output;
    association->session->provideKey(std::move(key), now, output);
    state_->settle(*association, std::move(output), now);
}

void Listener::stepDone(SessionId session, TimePoint now) {
    auto* association = state_->associations.find(session);
    if (association == nullptr)
        return; // it ended while the step ran
    Output output;
    association->session->stepDone(now, output);
    state_->settle(*association, std::move(output), now);
}

void Listener::send(SessionId session, ByteView message, TimePoint now) {
    auto* association = state_->associations.find(session);
    if (association == nullptr || !association->established)
        return;
    Output output;
    association->session->send(message, now, output);
    state_->associations.touch(*association, now);
    state_->settle(*association, std::move(output), now);
}

void Listener::close(SessionId session, TimePoint now) {
    if (auto* association = state_->associations.find(session))
        state_->shut(*association, {}, now);
}

void Listener::closeAll(TimePoint now) {
    for (const auto id : state_->associations.all())
        close(id, now);
}

void Listener::tick(TimePoint now) {
    for (const auto id : state_->associations.takeDue(now)) {
        auto* association = state_->associations.find(id);
        if (association == nullptr)
            continue; // replaced or evicted by an earlier one of this round
        if (association->established && now >= association->lastActivity + state_->settings.inactivity) {
            state_->shut(*association, {Reason::timedOut, "the session was idle for too long", "connect again"}, now);
            continue;
        }
        Output output;
        association->session->tick(now, output);
        state_->settle(*association, std::move(output), now);
    }
}

std::optional<TimePoint> Listener::deadline() const {
    return state_->associations.nextDeadline();
}

std::size_t Listener::sessions() const {
    return state_->associations.sessions();
}

std::size_t Listener::handshakes() const {
    return state_->associations.handshakes();
}

SessionId Listener::find(const Address& peer) const {
    const auto* live = state_->associations.at(peer).live;
    return live == nullptr ? 0 : live->id;
}

Result<SecretBytes> Listener::keyBlock(SessionId session) const {
    const auto* association = state_->associations.find(session);
    if (association == nullptr)
        return Failure{Reason::notFound, "the session has ended", "connect again"};
    return association->session->keyBlock();
}

const std::vector<Bytes>& Listener::peerChain(SessionId session) const {
    static const std::vector<Bytes> none;
    const auto* association = state_->associations.find(session);
    return association != nullptr ? association->session->peerChain() : none;
}

std::vector<ListenerEvent> Listener::takeEvents() {
    return std::exchange(state_->events, {});
}

std::vector<Datagram> Listener::takeDatagrams() {
    return std::exchange(state_->datagrams, {});
}

} // namespace ocfsecd::dtls
