#pragma once
// The exchanges a server remembers: to know a duplicate again (RFC 7252 section 4.5), and until they are answered.
// Bounded per channel and in total; the oldest finished one makes room, in clear before secure.

#include "coap/answer.h"
#include "coap/backoff.h"
#include "coap/server.h"
#include "coap/timers.h"
#include "coap/transfers.h"

#include <map>
#include <set>
#include <unordered_map>

namespace ocfsecd::coap {

enum class Phase : std::uint8_t {
    pending,        ///< the user has it
    delayed,        ///< answered; leaves when its time comes
    unacknowledged, ///< a separate answer is under way
    finished,
};

struct Exchange {
    Channel channel;
    Type type = Type::confirmable;
    std::uint16_t id = 0; ///< message id of the request
    Bytes token;
    std::size_t octets = 0; ///< of the request's datagram
    bool multicast = false;
    TransferKey download; ///< under which the rest of a long answer is kept
    Ask ask;
    std::optional<Request> observed; ///< the asker wants to become an observer of this

    Phase phase = Phase::pending;
    bool acknowledged = false; ///< by an empty message: the answer goes separately
    bool ignored = false;      ///< nothing is ever sent for it
    Bytes answer;              ///< finished: what a duplicate gets; else what is to be sent (again)
    std::uint16_t answerId = 0;
    std::size_t sent = 0; ///< octets of a separate answer and its retransmissions
    Backoff backoff;
    std::optional<TimePoint> timer; ///< pending: to acknowledge; delayed: to send; unacknowledged: to send again
    TimePoint expires;
};

class ExchangeMemory {
public:
    ExchangeMemory(const ServerSettings& settings, Random& random) : settings_{settings}, random_{random} {}

    /// Remembers a request; nothing when there is no room. The reference holds until the exchange is forgotten.
    std::optional<RequestId> add(Exchange exchange, TimePoint now);
    Exchange* get(RequestId id);
    std::optional<RequestId> find(const Channel& channel, std::uint16_t messageId) const;
    std::optional<RequestId> findUnacknowledged(const Channel& channel, std::uint16_t answerId) const;
    void setPhase(RequestId id, Exchange& exchange, Phase phase);
    void setTimer(RequestId id, Exchange& exchange, std::optional<TimePoint> at);
    void forget(RequestId id);
    void dropSession(std::uint64_t session);
    void ignoreDelayed(); ///< their answers never leave
    /// A fresh message id for an answer to this channel. Ids start at random and are the endpoint's, whatever the
    /// socket and whatever protects what is inside (RFC 7252 section 4.4): an acknowledgement is for one message only.
    std::uint16_t nextMessageId(const Channel& channel);
    bool hasAnswerUnderWay(const Channel& channel) const;

    void expire(TimePoint now);
    std::optional<RequestId> due(TimePoint now) const { return timers_.due(now); }
    std::optional<TimePoint> next() const;
    std::size_t size() const { return exchanges_.size(); }
    std::size_t peers() const { return peers_.size(); }
    std::size_t timers() const { return timers_.size(); }

private:
    struct Peer {
        std::unordered_map<std::uint16_t, RequestId> byMessageId;
        std::set<RequestId> finished;
        std::size_t underWay = 0;
    };
    using Endpoint = std::pair<std::uint64_t, Address>; ///< session and peer
    struct MessageIds {
        std::uint16_t next = 0;
        std::size_t channels = 0; ///< that draw from them
    };
    bool makeRoom(const Channel& channel);
    std::set<RequestId>& finishedOf(const Channel& channel);

    const ServerSettings& settings_;
    Random& random_;
    RequestId lastId_ = 0;
    std::map<RequestId, Exchange> exchanges_; ///< ids ascend in order of arrival, which is the order of expiry
    std::map<Channel, Peer, BySession> peers_;
    std::map<Endpoint, MessageIds> messageIds_;
    std::set<RequestId> finishedClear_, finishedSecure_;
    std::map<std::pair<Channel, std::uint16_t>, RequestId> unacknowledged_;
    TimerQueue<RequestId> timers_;
};

} // namespace ocfsecd::coap
