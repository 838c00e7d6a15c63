#pragma once
// All DTLS associations of one device's secure port: stateless cookies, choice of suites and engine, peers by address,
// replacement of a live association by a returning peer (RFC 6347 section 4.2.8), one heap of timers. Pure.

#include "base/address.h"
#include "base/random.h"
#include "dtls/session.h"

#include <memory>

namespace ocfsecd::dtls {

using SessionId = std::uint64_t; ///< never reused, never 0

/// What the owner says about a cookie-valid ClientHello. The answer belongs to that connection for good.
struct Admission {
    bool admit = false;
    std::vector<Suite> suites; ///< allowed ones, by preference
    /// Certificate suites: what this connection presents and asks for. Null: such suites are not offered.
    std::shared_ptr<const CertificateIdentity> certificates;
    Bytes pskHint;   ///< raw; with a zero octet the connection runs on our own engine (L2.2)
    Failure refusal; ///< when not admitted: reported as an event, the peer gets handshake_failure (alert 40)
};

/// Asked only after a valid cookie: nothing before it may change state (facts 4.1 D5a).
class Gate {
public:
    virtual ~Gate() = default;
    virtual Admission admit(const Address& peer, TimePoint now) = 0;
};

struct ListenerSettings {
    Timers timers;
    Duration inactivity = 600s;            ///< an idle established session is closed with close_notify (facts 7.2)
    std::size_t maxSessions = 8192;        ///< established; beyond it the least recently used idle one makes room
    std::size_t maxHandshakes = 256;       ///< half-open after the cookie; beyond it the oldest makes room
    std::size_t maxHandshakesPerHost = 16; ///< per address without port
    std::size_t maxHeldDatagrams = 8;      ///< kept in order per peer while its key is being fetched
};

/// What happened, in order.
struct ListenerEvent {
    enum class Kind {
        established, ///< handshake complete: suite, identity
        keyWanted,   ///< answer with provideKey(session, …)
        stepWanted,  ///< run `step` where it may block, then stepDone(session, …)
        message,     ///< application data
        closed,      ///< `close` says why; `wasEstablished` tells a failed handshake from the end of a session
        refused,     ///< a ClientHello that was not admitted or had no common suite (no session was made)
        garbage,     ///< a datagram that is not DTLS (COMM-1)
    };
    Kind kind = Kind::garbage;
    SessionId session = 0;
    Address peer;
    Suite suite = Suite::none;
    Bytes identity;
    std::vector<Bytes> peerChain; ///< of an established certificate session, DER, leaf first
    BlockingStep step;
    Bytes message;
    Close close;
    bool wasEstablished = false;
};

/// Which of our own addresses a peer uses, and through which interface: its answers must leave from there.
struct Route {
    Address local;
    unsigned interface = 0;
    bool operator==(const Route&) const = default;
};

struct Datagram {
    Address peer;
    Bytes octets;
    Route route{};
};

class Listener {
public:
    Listener(ListenerSettings settings, Gate& gate, Random& random, TimePoint now);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// `route`: how it came. An association keeps the one of its ClientHello until authentic data comes another way:
    /// with a forged source address nobody can lead its answers astray.
    void feed(const Address& peer, ByteView datagram, TimePoint now, const Route& route = {});
    void provideKey(SessionId session, SharedSecret key, TimePoint now); ///< null: unknown identity, alert 115
    void stepDone(SessionId session, TimePoint now);
    void send(SessionId session, ByteView message, TimePoint now);
    void close(SessionId session, TimePoint now); ///< close_notify; reported as closed (localClose)
    void closeAll(TimePoint now);
    void tick(TimePoint now);
    std::optional<TimePoint> deadline() const;

    std::size_t sessions() const;   ///< established
    std::size_t handshakes() const; ///< half-open behind a valid cookie
    /// The live or half-open association of that peer, 0 for none.
    SessionId find(const Address& peer) const;
    Result<SecretBytes> keyBlock(SessionId session) const;
    /// Of an established certificate session, DER, leaf first; empty for any other.
    const std::vector<Bytes>& peerChain(SessionId session) const;

    std::vector<ListenerEvent> takeEvents();
    std::vector<Datagram> takeDatagrams();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace ocfsecd::dtls
