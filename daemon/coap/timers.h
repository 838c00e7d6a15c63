#pragma once
// Deadlines in order of time. What waits remembers its own deadline, so that a changed one leaves nothing behind: under
// a flood the queue holds as much as there is to wait for, and not more.

#include "base/clock.h"

#include <set>
#include <utility>

namespace ocfsecd::coap {

template <class Key>
class TimerQueue {
public:
    /// Moves the deadline of `key` from `held` to `to`, and remembers it in `held`.
    void move(std::optional<TimePoint>& held, std::optional<TimePoint> to, const Key& key) {
        if (held)
            queue_.erase({*held, key});
        held = to;
        if (held)
            queue_.emplace(*held, key);
    }
    /// The first key whose time has come. It stays until its deadline is moved.
    std::optional<Key> due(TimePoint now) const {
        return !queue_.empty() && queue_.begin()->first <= now ? std::optional{queue_.begin()->second} : std::nullopt;
    }
    std::optional<TimePoint> next() const {
        return queue_.empty() ? std::nullopt : std::optional{queue_.begin()->first};
    }
    std::size_t size() const { return queue_.size(); }

private:
    std::set<std::pair<TimePoint, Key>> queue_;
};

} // namespace ocfsecd::coap
