#pragma once
// What the devices report, in the journal. What strangers can cause without proving who they are is put together per
// source, so that a flood of it neither fills the disk nor hides the rest (design section 7).

#include "base/coalescer.h"
#include "ocf/effects.h"

#include <utility>

namespace ocfsecd {

class EventLog {
public:
    explicit EventLog(Duration coalesce = 30s) : repeated_{coalesce} {}

    void report(unsigned device, const ocf::Event& event, TimePoint now);
    /// Writes what was put together and is due.
    void tick(TimePoint now);
    /// Writes all that was put together, at the end.
    void flush();
    std::optional<TimePoint> deadline() const;

private:
    Coalescer<std::pair<unsigned, ocf::Event>> repeated_; ///< by device, kind and host
};

} // namespace ocfsecd
