#pragma once
// Unsealed keys for a short while, so that a returning peer does not cost a TPM command each time. Keyed by the sealed
// object itself: a replaced credential can never be answered with its predecessor's key.

#include "base/clock.h"
#include "svr/state.h"

#include <map>

namespace ocfsecd::ocf {

class KeyCache {
public:
    explicit KeyCache(Duration lifetime, std::size_t capacity = 64) : lifetime_{lifetime}, capacity_{capacity} {}
    void put(const svr::SealedBlob& blob, SharedSecret key, TimePoint now);
    SharedSecret get(const svr::SealedBlob& blob, TimePoint now) const; ///< null when absent or too old
    void expire(TimePoint now);
    void clear() { entries_.clear(); }
    std::optional<TimePoint> deadline() const;

private:
    struct Entry {
        SharedSecret key;
        TimePoint until;
    };
    Duration lifetime_;
    std::size_t capacity_;
    std::map<Bytes, Entry> entries_; ///< by the private area, which is unique per sealing
};

} // namespace ocfsecd::ocf
