#include "ocf/key_cache.h"

#include <algorithm>

namespace ocfsecd::ocf {

void KeyCache::put(const svr::SealedBlob& blob, SharedSecret key, TimePoint now) {
    expire(now);
    if (entries_.size() >= capacity_ && !entries_.contains(blob.privateArea))
        entries_.erase(std::ranges::min_element(entries_, {}, [](const auto& entry) { return entry.second.until; }));
    entries_[blob.privateArea] = {std::move(key), now + lifetime_};
}

SharedSecret KeyCache::get(const svr::SealedBlob& blob, TimePoint now) const {
    const auto found = entries_.find(blob.privateArea);
    return found != entries_.end() && found->second.until > now ? found->second.key : nullptr;
}

void KeyCache::expire(TimePoint now) {
    std::erase_if(entries_, [now](const auto& entry) { return entry.second.until <= now; });
}

std::optional<TimePoint> KeyCache::deadline() const {
    std::optional<TimePoint> first;
    for (const auto& entry : entries_)
        first = earlier(first, entry.second.until);
    return first;
}

} // namespace ocfsecd::ocf
