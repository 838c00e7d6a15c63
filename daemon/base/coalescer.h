#pragma once
// Puts together what one source repeats: the first few of a while are told, the rest are counted and told as one when
// the while is over. Bounded: sources beyond the limit share an entry. Pure.

#include "base/clock.h"

#include <map>
#include <string>
#include <utility>

namespace ocfsecd {

template <class Item>
class Coalescer {
public:
    /// Sources remembered at a time (design section 7).
    static constexpr std::size_t kMaxSources = 64;

    explicit Coalescer(Duration window, std::size_t burst = 1) : window_{window}, burst_{burst} {}

    /// True: tell it. False: it is kept, and due() will tell.
    bool admit(std::string source, std::string crowd, const Item& item, TimePoint now) {
        if (sources_.size() >= kMaxSources && !sources_.contains(source))
            source = std::move(crowd);
        const auto [at, fresh] = sources_.try_emplace(std::move(source), Source{item, 0, 0, now + window_});
        auto& entry = at->second;
        if (entry.told < burst_) {
            ++entry.told;
            return true;
        }
        entry.latest = item;
        ++entry.kept;
        return false;
    }

    /// Calls tell(latest item, how many more like it) for each source whose while is over.
    template <class Tell>
    void due(TimePoint now, Tell tell) {
        for (auto at = sources_.begin(); at != sources_.end();) {
            auto& entry = at->second;
            if (entry.until > now) {
                ++at;
            } else if (entry.kept == 0) {
                at = sources_.erase(at);
            } else {
                tell(entry.latest, entry.kept - 1);
                entry.kept = 0;
                entry.until = now + window_;
                ++at;
            }
        }
    }

    /// At the end: all that is kept, as due() tells it, whoever's while is not over.
    template <class Tell>
    void flush(Tell tell) {
        for (const auto& [source, entry] : sources_)
            if (entry.kept != 0)
                tell(entry.latest, entry.kept - 1);
        sources_.clear();
    }

    std::optional<TimePoint> deadline() const {
        std::optional<TimePoint> at;
        for (const auto& entry : sources_)
            at = earlier(at, entry.second.until);
        return at;
    }
    void clear() { sources_.clear(); }

private:
    struct Source {
        Item latest;
        std::size_t told = 0;
        std::size_t kept = 0; ///< not told yet
        TimePoint until;
    };
    Duration window_;
    std::size_t burst_;
    std::map<std::string, Source> sources_;
};

} // namespace ocfsecd
