#include "coap/exchange_memory.h"

namespace ocfsecd::coap {

namespace {

bool isUnderWay(Phase phase) {
    return phase == Phase::delayed || phase == Phase::unacknowledged;
}

} // namespace

std::set<RequestId>& ExchangeMemory::finishedOf(const Channel& channel) {
    return channel.secure() ? finishedSecure_ : finishedClear_;
}

bool ExchangeMemory::makeRoom(const Channel& channel) {
    const auto peer = peers_.find(channel);
    if (peer != peers_.end() && peer->second.byMessageId.size() >= settings_.maxExchangesPerPeer) {
        if (peer->second.finished.empty())
            return false;
        forget(*peer->second.finished.begin());
    }
    if (exchanges_.size() < settings_.maxExchanges)
        return true;
    // Whoever can send from many addresses must not be able to push out what authenticated peers need.
    if (!finishedClear_.empty())
        forget(*finishedClear_.begin());
    else if (channel.secure() && !finishedSecure_.empty())
        forget(*finishedSecure_.begin());
    return exchanges_.size() < settings_.maxExchanges;
}

std::optional<RequestId> ExchangeMemory::add(Exchange exchange, TimePoint now) {
    if (!makeRoom(exchange.channel))
        return std::nullopt;
    const RequestId id = ++lastId_;
    const auto [peer, isNew] = peers_.try_emplace(exchange.channel);
    if (isNew) {
        const auto [ids, isFirst] = messageIds_.try_emplace({exchange.channel.session, exchange.channel.peer});
        if (isFirst)
            ids->second.next = static_cast<std::uint16_t>(random_.number());
        ++ids->second.channels;
    }
    peer->second.byMessageId[exchange.id] = id;
    exchange.expires = now + settings_.exchangeLifetime;
    exchanges_.emplace_hint(exchanges_.end(), id, std::move(exchange));
    return id;
}

Exchange* ExchangeMemory::get(RequestId id) {
    const auto at = exchanges_.find(id);
    return at == exchanges_.end() ? nullptr : &at->second;
}

std::optional<RequestId> ExchangeMemory::find(const Channel& channel, std::uint16_t messageId) const {
    const auto peer = peers_.find(channel);
    if (peer == peers_.end())
        return std::nullopt;
    const auto at = peer->second.byMessageId.find(messageId);
    return at == peer->second.byMessageId.end() ? std::nullopt : std::optional{at->second};
}

std::optional<RequestId> ExchangeMemory::findUnacknowledged(const Channel& channel, std::uint16_t answerId) const {
    const auto at = unacknowledged_.find({channel, answerId});
    return at == unacknowledged_.end() ? std::nullopt : std::optional{at->second};
}

void ExchangeMemory::setPhase(RequestId id, Exchange& exchange, Phase phase) {
    Peer& peer = peers_.at(exchange.channel);
    peer.underWay -= isUnderWay(exchange.phase) ? 1U : 0U;
    peer.underWay += isUnderWay(phase) ? 1U : 0U;
    if (exchange.phase == Phase::unacknowledged)
        unacknowledged_.erase({exchange.channel, exchange.answerId});
    if (phase == Phase::unacknowledged)
        unacknowledged_[{exchange.channel, exchange.answerId}] = id;
    if (phase == Phase::finished) {
        // Most finish in the order they came: a hint spares the way down a large tree.
        peer.finished.insert(peer.finished.end(), id);
        auto& finished = finishedOf(exchange.channel);
        finished.insert(finished.end(), id);
        setTimer(id, exchange, std::nullopt);
    }
    exchange.phase = phase;
}

void ExchangeMemory::setTimer(RequestId id, Exchange& exchange, std::optional<TimePoint> at) {
    timers_.move(exchange.timer, at, id);
}

void ExchangeMemory::forget(RequestId id) {
    const auto at = exchanges_.find(id);
    if (at == exchanges_.end())
        return;
    Exchange& exchange = at->second;
    setPhase(id, exchange, Phase::finished); // out of every index but those of the finished
    finishedOf(exchange.channel).erase(id);
    const auto peer = peers_.find(exchange.channel);
    peer->second.finished.erase(id);
    peer->second.byMessageId.erase(exchange.id);
    if (peer->second.byMessageId.empty()) {
        const auto ids = messageIds_.find({exchange.channel.session, exchange.channel.peer});
        if (--ids->second.channels == 0)
            messageIds_.erase(ids);
        peers_.erase(peer);
    }
    exchanges_.erase(at);
}

void ExchangeMemory::dropSession(std::uint64_t session) {
    for (auto peer = peers_.lower_bound(BySession::first(session));
         peer != peers_.end() && peer->first.session == session;) {
        std::vector<RequestId> ids;
        for (const auto& entry : peer->second.byMessageId)
            ids.push_back(entry.second);
        ++peer; // the last forget() erases the peer
        for (const RequestId id : ids)
            forget(id);
    }
}

void ExchangeMemory::ignoreDelayed() {
    for (auto& [id, exchange] : exchanges_)
        if (exchange.phase == Phase::delayed) {
            exchange.ignored = true;
            exchange.answer = {};
            setPhase(id, exchange, Phase::finished);
        }
}

std::uint16_t ExchangeMemory::nextMessageId(const Channel& channel) {
    const auto ids = messageIds_.find({channel.session, channel.peer});
    return ids == messageIds_.end() ? static_cast<std::uint16_t>(random_.number()) : ids->second.next++;
}

bool ExchangeMemory::hasAnswerUnderWay(const Channel& channel) const {
    const auto peer = peers_.find(channel);
    return peer != peers_.end() && peer->second.underWay != 0;
}

void ExchangeMemory::expire(TimePoint now) {
    while (!exchanges_.empty() && exchanges_.begin()->second.expires <= now)
        forget(exchanges_.begin()->first);
}

std::optional<TimePoint> ExchangeMemory::next() const {
    const auto oldest = exchanges_.empty() ? std::nullopt : std::optional{exchanges_.begin()->second.expires};
    return earlier(timers_.next(), oldest);
}

} // namespace ocfsecd::coap
