#pragma once
// The one thread for what blocks: TPM commands and disk syncs. Jobs run by priority; results come back to the loop's
// thread.

#include "base/clock.h"
#include "base/result.h"

#include <functional>
#include <memory>

namespace ocfsecd::tpm {

enum class Priority { commit, unseal, sign }; ///< served in this order

class Worker {
public:
    /// Runs on the worker; what it returns runs on the loop's thread, in deliver().
    using Done = std::function<void()>;
    using Job = std::function<Done()>;

    explicit Worker(std::size_t maxQueued = 256);
    /// Lets a running job finish for `kJoinPatience`; a hung one is abandoned, never joined (L6.13).
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Reason::limitReached when the queue is full.
    Result<void> post(Priority priority, Job job);
    /// Readable when results wait; for the event loop.
    int eventFd() const;
    /// Runs the waiting results. Loop's thread only.
    void deliver();
    /// Waits until nothing is queued and nothing runs; false when `patience` ends before. Only at the end: it blocks.
    bool finish(Duration patience);
    /// Since when the running job runs; nothing when idle. For the watchdog.
    std::optional<TimePoint> busySince() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace ocfsecd::tpm
