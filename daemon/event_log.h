#pragma once
// What the devices report, in the journal. What strangers can cause without proving who they are is put together per
// source, so that a flood of it neither fills the disk nor hides the rest (design section 7).

#include "base/clock.h"
#include "ocf/effects.h"

#include <functional>
#include <map>

namespace ocfsecd {

class EventLog {
public:
    explicit EventLog(Duration coalesce = 30s) : coalesce_{coalesce} {}

    void report(unsigned device, const ocf::Event& event, TimePoint now);
    /// Writes what was put together and is due.
    void tick(TimePoint now);
    std::optional<TimePoint> deadline() const;

private:
    /// Sources remembered at a time; the rest share one entry.
    static constexpr std::size_t kMaxSources = 64;
    struct Suppressed {
        unsigned device = 0;
        ocf::Event latest;
        std::size_t count = 0; ///< not written yet
        TimePoint until{};
    };

    Duration coalesce_;
    std::map<std::string, Suppressed> sources_;
};

} // namespace ocfsecd
