#pragma once
// A number of established sessions, brought up a few at a time.

#include "tools/bench/clients.h"

namespace ocfsecd::bench {

/// How long nobody may get in before those who wait give up and others try.
inline constexpr Duration kCrowdPatience = 5s;
/// How often that may happen.
inline constexpr unsigned kCrowdRetries = 5;

/// A watcher that only counts; what a command wants to see more, it overrides.
class Crowd : public Watcher {
public:
    Crowd(const Target& target, unsigned hosts) : clients_{target, *this, hosts} {}

    /// Opens `count` more, `concurrent` at a time. A failure when one is refused, or too many are not let in.
    Result<std::vector<ClientId>> gather(std::size_t count, std::size_t concurrent);
    Clients& clients() { return clients_; }
    std::size_t lost() const { return lost_; } ///< established ones that the server closed

    void established(ClientId id) override;
    void closed(ClientId id, const dtls::Close& reason) override;

private:
    Clients clients_;
    std::vector<ClientId> in_; ///< of the current gathering
    std::unordered_set<ClientId> established_;
    std::size_t lost_ = 0;
    std::optional<Failure> refused_;
};

} // namespace ocfsecd::bench
