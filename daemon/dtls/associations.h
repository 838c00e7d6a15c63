#pragma once
// The table of a listener's associations: by number, by peer, by age and by deadline. Nothing here walks all of them:
// a daemon with thousands of idle sessions must serve the busy few as if they were alone.

#include "dtls/listener.h"

#include <array>
#include <list>
#include <set>
#include <unordered_map>

namespace ocfsecd::dtls {

struct Association {
    SessionId id = 0;
    Address peer;
    std::array<std::uint8_t, 32> clientRandom{};
    Route route;
    std::unique_ptr<Session> session;
    TimePoint lastActivity;
    bool established = false;
    bool keyAsked = false; ///< its ClientKeyExchange came: see Associations::keyAsked()

private:
    friend class Associations;
    std::list<Association*>::iterator place_;
    std::optional<TimePoint> armed_;
};

/// What one peer address may have at once: RFC 6347 section 4.2.8 lets a returning peer start beside its old session.
struct PeerSlots {
    Association* live = nullptr;
    Association* candidate = nullptr;
};

class Associations {
public:
    Association& add(const Address& peer, std::unique_ptr<Session> session, TimePoint now);
    void remove(Association& association);
    /// The handshake is over; it takes the peer's place. The one that had it must have been removed.
    void promote(Association& association, TimePoint now);
    /// The peer has answered our flight and its key was asked for: evicted only after all that have not.
    void keyAsked(Association& association);
    /// It was used: the last to be evicted.
    void touch(Association& association, TimePoint now);

    Association* find(SessionId id) const;
    PeerSlots at(const Address& peer) const;
    /// The half-open one that goes first.
    Association* expendableHandshake() const;
    Association* expendableHandshakeOf(const Address& peer) const;
    Association* leastRecentlyUsed() const { return sessions_.empty() ? nullptr : sessions_.front(); }
    std::size_t sessions() const { return sessions_.size(); }
    std::size_t handshakes() const { return greeted_.size() + keyed_.size(); }
    std::size_t handshakesOf(const Address& peer) const;
    std::vector<SessionId> all() const; ///< for the end of everything only

    /// Called back at `at` or earlier; a deadline that moved later costs nothing until then.
    void arm(Association& association, std::optional<TimePoint> at);
    std::optional<TimePoint> nextDeadline() const;
    std::vector<SessionId> takeDue(TimePoint now);

private:
    void leaveHost(const Association& association);
    std::list<Association*>& listOf(const Association& association);

    SessionId last_ = 0;
    std::unordered_map<SessionId, std::unique_ptr<Association>> byId_;
    std::unordered_map<Address, PeerSlots> byPeer_;
    std::unordered_map<Address, std::vector<Association*>> handshakesByHost_; ///< key: address without port
    std::list<Association*> greeted_, keyed_; ///< half-open without and with keyAsked, oldest first
    std::list<Association*> sessions_;        ///< least recently used first
    // Ordered set, not a lazy heap: a flood of short handshakes leaves no dead entries behind.
    std::set<std::pair<TimePoint, SessionId>> deadlines_;
};

} // namespace ocfsecd::dtls
