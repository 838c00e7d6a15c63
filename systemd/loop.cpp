#include "systemd/loop.h"

#include <cerrno>
#include <csignal>
#include <system_error>
#include <systemd/sd-event.h>
#include <utility>

namespace ocfsecd::systemd {

namespace {

/// sd-event's accuracy 0 means a quarter of a second: far too late for retransmissions.
constexpr std::uint64_t kAccuracyUsec = 1000;

int check(int result, const char* what) {
    if (result < 0)
        throw std::system_error{-result, std::generic_category(), what};
    return result;
}

} // namespace

Loop::Loop() {
    check(sd_event_new(&event_), "event loop");
}

Loop::~Loop() {
    sd_event_unref(event_);
}

int Loop::run() {
    const int code = sd_event_loop(event_);
    rethrow();
    return check(code, "event loop");
}

bool Loop::turn(std::optional<Duration> patience) {
    if (quitting_)
        return false;
    const auto usec = patience ? static_cast<std::uint64_t>(std::chrono::microseconds{*patience}.count()) : UINT64_MAX;
    const int happened = sd_event_run(event_, usec);
    rethrow();
    return check(happened, "event loop") > 0;
}

void Loop::quit(int code) {
    quitting_ = true;
    check(sd_event_exit(event_, code), "leave the event loop");
}

void Loop::guard(const std::function<void()>& act) noexcept {
    try {
        act();
    } catch (...) {
        if (!thrown_) // the first one is the cause
            thrown_ = std::current_exception();
        quitting_ = true;
        sd_event_exit(event_, 1);
    }
}

void Loop::rethrow() {
    if (auto thrown = std::exchange(thrown_, nullptr))
        std::rethrow_exception(thrown);
}

namespace detail {

/// Lives as long as its source or its running callback, whichever is longer.
struct SourceState : std::enable_shared_from_this<SourceState> {
    SourceState(Loop& l, std::function<void(std::uint32_t)> c) : loop{l}, callback{std::move(c)} {}
    SourceState(const SourceState&) = delete;
    SourceState& operator=(const SourceState&) = delete;
    ~SourceState() { stop(); }

    void stop() { source = sd_event_source_disable_unref(source); }
    void dispatch(std::uint32_t events) noexcept {
        const auto keep = shared_from_this();
        loop.guard([&] { callback(events); });
    }

    Loop& loop;
    std::function<void(std::uint32_t)> callback;
    sd_event_source* source = nullptr;
};

} // namespace detail

namespace {

using detail::SourceState;

int onEvent(sd_event_source*, void* state) {
    static_cast<SourceState*>(state)->dispatch(0);
    return 0;
}

int onIo(sd_event_source*, int, std::uint32_t events, void* state) {
    static_cast<SourceState*>(state)->dispatch(events);
    return 0;
}

int onTime(sd_event_source*, std::uint64_t, void* state) {
    static_cast<SourceState*>(state)->dispatch(0);
    return 0;
}

int onSignal(sd_event_source*, const signalfd_siginfo*, void* state) {
    static_cast<SourceState*>(state)->dispatch(0);
    return 0;
}

std::shared_ptr<SourceState> makeState(Loop& loop, std::function<void()> callback) {
    return std::make_shared<SourceState>(loop, [call = std::move(callback)](std::uint32_t) { call(); });
}

} // namespace

Source& Source::operator=(Source&& other) noexcept {
    if (state_ && this != &other)
        state_->stop(); // a running callback may keep the state alive a little longer
    state_ = std::move(other.state_);
    return *this;
}

Source::~Source() {
    if (state_)
        state_->stop();
}

IoSource::IoSource(Loop& loop, int fd, std::uint32_t events, std::function<void(std::uint32_t)> callback) {
    state_ = std::make_shared<SourceState>(loop, std::move(callback));
    check(sd_event_add_io(loop.get(), &state_->source, fd, events, onIo, state_.get()), "watch a descriptor");
}

void IoSource::setEvents(std::uint32_t events) {
    check(sd_event_source_set_io_events(state_->source, events), "watch a descriptor");
}

TimerSource::TimerSource(Loop& loop, std::function<void()> callback) {
    state_ = makeState(loop, std::move(callback));
    check(sd_event_add_time(loop.get(), &state_->source, CLOCK_MONOTONIC, 0, kAccuracyUsec, onTime, state_.get()),
          "make a timer");
    check(sd_event_source_set_enabled(state_->source, SD_EVENT_OFF), "make a timer");
}

void TimerSource::arm(std::optional<TimePoint> when) {
    if (!when) {
        check(sd_event_source_set_enabled(state_->source, SD_EVENT_OFF), "disarm a timer");
        return;
    }
    // Rounded up: a callback that finds its deadline still ahead would arm the timer again and again.
    const auto usec = std::chrono::ceil<std::chrono::microseconds>(when->time_since_epoch()).count();
    check(sd_event_source_set_time(state_->source, usec > 0 ? static_cast<std::uint64_t>(usec) : 0), "arm a timer");
    check(sd_event_source_set_enabled(state_->source, SD_EVENT_ONESHOT), "arm a timer");
}

SignalSource::SignalSource(Loop& loop, int signal, std::function<void()> callback) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    check(-pthread_sigmask(SIG_BLOCK, &set, nullptr), "block a signal");
    state_ = makeState(loop, std::move(callback));
    check(sd_event_add_signal(loop.get(), &state_->source, signal, onSignal, state_.get()), "watch a signal");
}

DeferSource::DeferSource(Loop& loop, std::function<void()> callback) {
    state_ = makeState(loop, std::move(callback));
    check(sd_event_add_defer(loop.get(), &state_->source, onEvent, state_.get()), "defer work");
    check(sd_event_source_set_enabled(state_->source, SD_EVENT_OFF), "defer work");
}

void DeferSource::trigger() {
    check(sd_event_source_set_enabled(state_->source, SD_EVENT_ONESHOT), "defer work");
}

PostSource::PostSource(Loop& loop, std::function<void()> callback) {
    state_ = makeState(loop, std::move(callback));
    check(sd_event_add_post(loop.get(), &state_->source, onEvent, state_.get()), "add work after a turn");
}

} // namespace ocfsecd::systemd
