#include "coap/observations.h"

#include <algorithm>

namespace ocfsecd::coap {

std::optional<ObserverId> Observations::add(Observation observation, TimePoint now) {
    if (const auto former = find(observation.channel, observation.token))
        remove(*former);
    const auto known = byChannel_.find(observation.channel);
    const auto ofChannel = known == byChannel_.end() ? 0 : known->second.size();
    if (observations_.size() >= settings_.maxObservations || ofChannel >= settings_.maxObservationsPerChannel)
        return std::nullopt;
    const auto id = ++lastId_;
    byChannel_[observation.channel][observation.token] = id;
    auto& kept = observations_.emplace(id, std::move(observation)).first->second;
    kept.confirmBy = now + settings_.observeConfirmWithin;
    setTimer(id, kept, kept.confirmBy);
    return id;
}

Observation* Observations::get(ObserverId id) {
    const auto at = observations_.find(id);
    return at == observations_.end() ? nullptr : &at->second;
}

std::optional<ObserverId> Observations::find(const Channel& channel, const Bytes& token) const {
    const auto known = byChannel_.find(channel);
    if (known == byChannel_.end())
        return std::nullopt;
    const auto at = known->second.find(token);
    return at == known->second.end() ? std::nullopt : std::optional{at->second};
}

std::optional<ObserverId> Observations::findSent(const Channel& channel, std::uint16_t messageId) const {
    const auto known = byChannel_.find(channel);
    if (known == byChannel_.end())
        return std::nullopt;
    for (const auto& entry : known->second) {
        const auto& observation = observations_.at(entry.second);
        const auto last = std::min(observation.sentCount, observation.sent.size());
        const auto end = observation.sent.begin() + static_cast<std::ptrdiff_t>(last);
        if (std::find(observation.sent.begin(), end, messageId) != end)
            return entry.second;
    }
    return std::nullopt;
}

void Observations::remove(ObserverId id) {
    const auto at = observations_.find(id);
    if (at == observations_.end())
        return;
    setTimer(id, at->second, std::nullopt);
    const auto known = byChannel_.find(at->second.channel);
    known->second.erase(at->second.token);
    if (known->second.empty())
        byChannel_.erase(known);
    observations_.erase(at);
}

void Observations::dropSession(std::uint64_t session) {
    std::vector<ObserverId> ids;
    for (auto at = byChannel_.lower_bound(BySession::first(session));
         at != byChannel_.end() && at->first.session == session; ++at)
        for (const auto& entry : at->second)
            ids.push_back(entry.second);
    for (const auto id : ids)
        remove(id);
}

void Observations::setTimer(ObserverId id, Observation& observation, std::optional<TimePoint> at) {
    timers_.move(observation.timer, at, id);
}

std::vector<Observer> Observations::all() const {
    std::vector<Observer> out;
    for (const auto& [id, observation] : observations_)
        out.push_back({id, observation.channel, observation.request});
    return out;
}

} // namespace ocfsecd::coap
