#pragma once
// Who observes what (RFC 7641): registrations, and the delivery of their notifications. Bounded per channel and in
// total. Pure.

#include "coap/answer.h"
#include "coap/backoff.h"
#include "coap/server.h"
#include "coap/timers.h"
#include "coap/transfers.h"

#include <array>
#include <map>

namespace ocfsecd::coap {

struct Observation {
    Channel channel;
    Bytes token;
    Request request;
    Ask ask;              ///< of the registration: what shapes each notification
    TransferKey download; ///< under which the rest of a long one is kept

    Bytes told;                          ///< entity tag of what was told last
    std::array<std::uint16_t, 4> sent{}; ///< message ids of the last notifications: a Reset names one of them
    std::size_t sentCount = 0;
    unsigned unconfirmed = 0; ///< notifications since the last confirmable one
    TimePoint confirmBy{};    ///< then one is sent whatever happens (RFC 7641 4.5)

    std::optional<std::uint16_t> underWay; ///< message id of the confirmable notification that waits
    Bytes datagram;                        ///< what it is sent again as
    std::optional<Response> newer;         ///< what has come meanwhile: takes its place
    Backoff backoff;
    std::optional<TimePoint> timer; ///< under way: to send again; else confirmBy
};

class Observations {
public:
    explicit Observations(const ServerSettings& settings) : settings_{settings} {}

    /// Replaces one with the same channel and token (RFC 7641 4.1). Nothing when there is no room.
    std::optional<ObserverId> add(Observation observation, TimePoint now);
    Observation* get(ObserverId id);
    std::optional<ObserverId> find(const Channel& channel, const Bytes& token) const;
    /// Whose notification had this message id.
    std::optional<ObserverId> findSent(const Channel& channel, std::uint16_t messageId) const;
    void remove(ObserverId id);
    void dropSession(std::uint64_t session);
    void setTimer(ObserverId id, Observation& observation, std::optional<TimePoint> at);
    /// Strictly increasing over all observations, 24 bits (RFC 7641 4.4).
    std::uint32_t nextSequence() { return sequence_ = (sequence_ + 1) & 0xffffff; }

    std::vector<Observer> all() const;
    std::optional<ObserverId> due(TimePoint now) const { return timers_.due(now); }
    std::optional<TimePoint> next() const { return timers_.next(); }
    std::size_t size() const { return observations_.size(); }

private:
    const ServerSettings& settings_;
    ObserverId lastId_ = 0;
    std::uint32_t sequence_ = 0;
    std::map<ObserverId, Observation> observations_;
    std::map<Channel, std::map<Bytes, ObserverId>, BySession> byChannel_;
    TimerQueue<ObserverId> timers_;
};

} // namespace ocfsecd::coap
