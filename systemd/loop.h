#pragma once
// The one event loop (sd-event) and what wakes it: descriptors, the monotonic clock, signals, deferred work.
//
// An exception thrown by a callback never crosses sd-event's C frames: the loop keeps it, stops, and run() throws it
// again. A source may be destroyed by its own callback. Everything belongs to the loop's thread.

#include "base/clock.h"

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

struct sd_event;

namespace ocfsecd::systemd {

class Loop {
public:
    Loop(); ///< throws std::system_error
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Dispatches until quit(); returns its code. Throws what a callback threw.
    int run();
    /// Dispatches what is due, waiting at most this long (nothing: for ever). False when nothing happened or after
    /// quit().
    bool turn(std::optional<Duration> patience);
    void quit(int code = 0);
    bool quitting() const { return quitting_; }
    TimePoint now() const { return std::chrono::steady_clock::now(); }
    sd_event* get() const { return event_; }

    /// Runs `act`; what it throws is kept for run(). For other code that hangs callbacks into this loop.
    void guard(const std::function<void()>& act) noexcept;

private:
    void rethrow();

    sd_event* event_ = nullptr;
    std::exception_ptr thrown_;
    bool quitting_ = false;
};

namespace detail {
struct SourceState;
}

/// What all sources share: they move, they stop when destroyed.
class Source {
public:
    Source(Source&&) noexcept = default;
    Source& operator=(Source&&) noexcept;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source();

protected:
    Source() = default;
    std::shared_ptr<detail::SourceState> state_;
};

/// Watches a descriptor it does not own; `events` are EPOLLIN … of <sys/epoll.h>, level triggered.
class IoSource : public Source {
public:
    IoSource() = default; ///< watches nothing
    IoSource(Loop& loop, int fd, std::uint32_t events, std::function<void(std::uint32_t events)> callback);
    void setEvents(std::uint32_t events);
};

/// Fires once at a point of CLOCK_MONOTONIC, never early, up to 1 ms late.
class TimerSource : public Source {
public:
    TimerSource() = default;
    TimerSource(Loop& loop, std::function<void()> callback); ///< disarmed
    void arm(std::optional<TimePoint> when);                 ///< replaces the former time; nothing: disarmed
};

/// Takes a signal from the process for the loop. Blocks it for this thread: make these before any thread starts.
class SignalSource : public Source {
public:
    SignalSource() = default;
    SignalSource(Loop& loop, int signal, std::function<void()> callback);
};

/// Runs once, in the loop's next turn, each time it was triggered.
class DeferSource : public Source {
public:
    DeferSource() = default;
    DeferSource(Loop& loop, std::function<void()> callback);
    void trigger();
};

/// Runs after each turn in which another source ran.
class PostSource : public Source {
public:
    PostSource() = default;
    PostSource(Loop& loop, std::function<void()> callback);
};

} // namespace ocfsecd::systemd
