#pragma once
// The server half of CoAP (RFC 7252, block-wise RFC 7959), pure: datagrams and time in, requests and datagrams out.
// De-duplicates by channel and message id, acknowledges, answers separately when the answer takes longer, takes
// block-wise bodies together and hands long answers out in blocks, answers pings with RST, notifies observers
// (RFC 7641).

#include "base/random.h"
#include "coap/exchange.h"

#include <memory>

namespace ocfsecd::coap {

/// Time and memory the server may use; every value is configuration (RFC 7252 section 4.8 names).
struct ServerSettings {
    Duration ackTimeout = 2s;
    double ackRandomFactor = 1.5;
    unsigned maxRetransmit = 4;
    Duration exchangeLifetime = 247s;
    Duration separateAfter = 100ms;        ///< an unanswered CON gets its empty ACK by then
    Duration blockTransferTimeout = 60s;   ///< a half-received or half-fetched body is forgotten
    std::size_t maxBody = 16 * 1024;       ///< octets of one request or response body
    std::size_t maxExchanges = 4096;       ///< remembered for de-duplication in total …
    std::size_t maxExchangesPerPeer = 128; ///< … and per channel; the oldest finished one makes room
    std::size_t maxTransfersPerPeer = 2;   ///< block-wise bodies at once per channel
    std::size_t maxTransfers = 64;         ///< … and in total
    unsigned blockExponent = 6;            ///< preferred SZX: 16 << 6 = 1024
    /// A clear unicast answer is at most this many times its request (design section 7): longer ones go block-wise.
    double clearAmplification = 3.0;
    std::size_t maxObservationsPerChannel = 4; ///< beyond it a GET is answered and not registered (RFC 7641 4.1) …
    std::size_t maxObservations = 256;         ///< … and in total
    unsigned observeConfirmEvery = 8;          ///< each so many-th notification of a session is confirmable …
    Duration observeConfirmWithin = std::chrono::hours{24}; ///< … and one within this time (RFC 7641 4.5)
};

using RequestId = std::uint64_t;
using ObserverId = std::uint64_t;

/// A registration: whose, and the GET it repeats.
struct Observer {
    ObserverId id = 0;
    Channel channel;
    Request request;
};

struct Incoming {
    RequestId id = 0;
    Channel channel;
    bool multicast = false;
    Request request;
    bool continues = false; ///< asks for a further block of a body that is kept: whoever may have it gets resume()
};

/// How much a server remembers at the moment.
struct ServerUsage {
    std::size_t exchanges = 0;
    std::size_t peers = 0;
    std::size_t timers = 0;
    std::size_t transfers = 0;
    std::size_t observations = 0;
};

class Server {
public:
    Server(ServerSettings settings, Random& random);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// One datagram (clear) or one decrypted record. At most one complete request comes out of it.
    /// What the server answers by itself (duplicates, RST, 4.08, 4.13, 2.31) never comes out. A malformed datagram is
    /// Reason::malformed; a request refused for its form is answered and comes out as badOption, methodNotAllowed,
    /// notAcceptable or unsupportedFormat: the caller reports it.
    Result<std::optional<Incoming>> receive(const Channel& channel, bool multicast, ByteView datagram, TimePoint now);
    /// The same where somebody has decoded the datagram already.
    Result<std::optional<Incoming>> receive(const Channel& channel, bool multicast, ByteView datagram,
                                            Result<Message> message, TimePoint now);
    /// Answers a request, now or (multicast: paced) after `delay`. An error answer to a multicast request is dropped.
    /// Unknown ids (their channel is gone) are ignored.
    void respond(RequestId id, Response response, TimePoint now, Duration delay = 0ms);
    /// Answers a request that `continues` with its block of the kept body; 4.08 when that is forgotten by now.
    void resume(RequestId id, TimePoint now);
    /// Never answer this request, nor its duplicates: not even an acknowledgement leaves.
    void ignore(RequestId id);
    /// Its asker (a GET with Observe 0) becomes an observer when a 2.05 answers it. GETs with Observe 1, Resets and
    /// notifications nobody acknowledges end a registration by themselves.
    void observe(RequestId id, const Request& request);
    std::vector<Observer> observers() const;
    /// A new representation for an observer: sent unless it is what was told last. An error is the last that is sent.
    void notify(ObserverId id, Response response, TimePoint now);
    /// Observers that have confirmed nothing for too long: notify() them with what there is.
    std::vector<ObserverId> takeStaleObservers();
    /// What was answered holds no longer: no further block of it leaves, nor a multicast answer that is still paced.
    void withdrawAnswers();
    /// The DTLS session of this number is gone: forget all that belongs to it.
    void dropSession(std::uint64_t session);
    /// True while an answer of that session, or of that clear peer, still waits for its acknowledgement or time.
    bool hasPending(const Channel& channel) const;
    /// A message with this id has come through this channel and would be recognised if it came again.
    bool remembers(const Channel& channel, std::uint16_t messageId) const;
    /// Is there an observation with this token?
    bool observes(const Channel& channel, const Bytes& token) const;

    void tick(TimePoint now);
    std::optional<TimePoint> deadline() const;
    std::vector<Outgoing> takeOutgoing();
    ServerUsage usage() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace ocfsecd::coap
