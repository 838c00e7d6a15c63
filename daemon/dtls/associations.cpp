#include "dtls/associations.h"

#include <algorithm>

namespace ocfsecd::dtls {

Association& Associations::add(const Address& peer, std::unique_ptr<Session> session, TimePoint now) {
    auto made = std::make_unique<Association>();
    auto& association = *made;
    association.id = ++last_;
    association.peer = peer;
    association.session = std::move(session);
    association.lastActivity = now;
    byId_.emplace(association.id, std::move(made));
    association.place_ = greeted_.insert(greeted_.end(), &association);
    handshakesByHost_[peer.withPort(0)].push_back(&association);
    auto& slots = byPeer_[peer];
    (slots.live == nullptr ? slots.live : slots.candidate) = &association;
    return association;
}

void Associations::remove(Association& association) {
    if (const auto at = byPeer_.find(association.peer); at != byPeer_.end()) {
        auto& slots = at->second;
        if (slots.live == &association)
            slots.live = std::exchange(slots.candidate, nullptr);
        else if (slots.candidate == &association)
            slots.candidate = nullptr;
        if (slots.live == nullptr)
            byPeer_.erase(at);
    }
    listOf(association).erase(association.place_);
    if (!association.established)
        leaveHost(association);
    if (association.armed_)
        deadlines_.erase({*association.armed_, association.id});
    byId_.erase(association.id);
}

void Associations::promote(Association& association, TimePoint now) {
    leaveHost(association);
    sessions_.splice(sessions_.end(), listOf(association), association.place_);
    association.established = true;
    association.lastActivity = now;
}

void Associations::keyAsked(Association& association) {
    keyed_.splice(keyed_.end(), listOf(association), association.place_);
    association.keyAsked = true;
}

std::list<Association*>& Associations::listOf(const Association& association) {
    return association.established ? sessions_ : association.keyAsked ? keyed_ : greeted_;
}

void Associations::touch(Association& association, TimePoint now) {
    association.lastActivity = now;
    if (association.established)
        sessions_.splice(sessions_.end(), sessions_, association.place_);
}

void Associations::leaveHost(const Association& association) {
    const auto at = handshakesByHost_.find(association.peer.withPort(0));
    std::erase(at->second, &association); // at most maxHandshakesPerHost of them
    if (at->second.empty())
        handshakesByHost_.erase(at);
}

Association* Associations::find(SessionId id) const {
    const auto at = byId_.find(id);
    return at == byId_.end() ? nullptr : at->second.get();
}

PeerSlots Associations::at(const Address& peer) const {
    const auto at = byPeer_.find(peer);
    return at == byPeer_.end() ? PeerSlots{} : at->second;
}

Association* Associations::expendableHandshake() const {
    const auto& list = greeted_.empty() ? keyed_ : greeted_;
    return list.empty() ? nullptr : list.front();
}

Association* Associations::expendableHandshakeOf(const Address& peer) const {
    const auto at = handshakesByHost_.find(peer.withPort(0));
    if (at == handshakesByHost_.end())
        return nullptr;
    const auto greeted = std::ranges::find(at->second, false, &Association::keyAsked);
    return greeted != at->second.end() ? *greeted : at->second.front();
}

std::size_t Associations::handshakesOf(const Address& peer) const {
    const auto at = handshakesByHost_.find(peer.withPort(0));
    return at == handshakesByHost_.end() ? 0 : at->second.size();
}

std::vector<SessionId> Associations::all() const {
    std::vector<SessionId> out;
    out.reserve(byId_.size());
    for (const auto& entry : byId_)
        out.push_back(entry.first);
    std::ranges::sort(out);
    return out;
}

void Associations::arm(Association& association, std::optional<TimePoint> at) {
    if (!at || (association.armed_ && *association.armed_ <= *at))
        return;
    if (association.armed_)
        deadlines_.erase({*association.armed_, association.id});
    association.armed_ = at;
    deadlines_.insert({*at, association.id});
}

std::optional<TimePoint> Associations::nextDeadline() const {
    return deadlines_.empty() ? std::nullopt : std::optional{deadlines_.begin()->first};
}

std::vector<SessionId> Associations::takeDue(TimePoint now) {
    std::vector<SessionId> due;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        due.push_back(deadlines_.begin()->second);
        find(due.back())->armed_.reset();
        deadlines_.erase(deadlines_.begin());
    }
    return due;
}

} // namespace ocfsecd::dtls
