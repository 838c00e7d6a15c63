#include "dbus/attachment.h"

#include <system_error>
#include <systemd/sd-event.h>

namespace ocfsecd::dbus {

namespace {

/// sd-bus's deadlines are call time-outs: exactness would only cost wake-ups.
constexpr std::uint64_t kAccuracyUsec = 10'000;

void check(int result) {
    if (result < 0)
        throw std::system_error{-result, std::generic_category(), "attach the bus to the event loop"};
}

} // namespace

Attachment::Attachment(sdbus::IConnection& connection, systemd::Loop& loop, std::function<void()> lost)
    : connection_{connection}, loop_{loop}, lost_{std::move(lost)} {
    const auto onIo = [](sd_event_source*, int, std::uint32_t, void* self) {
        return static_cast<Attachment*>(self)->attempt(&Attachment::process);
    };
    const auto onTime = [](sd_event_source*, std::uint64_t, void* self) {
        return static_cast<Attachment*>(self)->attempt(&Attachment::process);
    };
    const auto beforeWaiting = [](sd_event_source*, void* self) {
        return static_cast<Attachment*>(self)->attempt(&Attachment::arm);
    };
    check(sd_event_add_io(loop_.get(), &io_, connection_.getEventLoopPollData().fd, 0, onIo, this));
    check(sd_event_add_time(loop_.get(), &timer_, CLOCK_MONOTONIC, 0, kAccuracyUsec, onTime, this));
    check(sd_event_source_set_enabled(timer_, SD_EVENT_OFF));
    // As sd_bus_attach_event() does: what to wait for depends on the queues, so it is asked anew before each wait.
    check(sd_event_source_set_prepare(io_, beforeWaiting));
}

Attachment::~Attachment() {
    sd_event_source_disable_unref(io_);
    sd_event_source_disable_unref(timer_);
}

int Attachment::attempt(void (Attachment::*step)()) {
    try {
        (this->*step)();
    } catch (const std::exception&) { // the only way sdbus-c++ says that the bus is gone
        sd_event_source_set_enabled(io_, SD_EVENT_OFF);
        sd_event_source_set_enabled(timer_, SD_EVENT_OFF);
        loop_.guard(lost_);
    }
    return 0;
}

void Attachment::process() {
    compat::processOne(connection_);
}

void Attachment::arm() {
    const auto poll = connection_.getEventLoopPollData();
    const auto deadline = compat::deadlineOf(poll);
    check(sd_event_source_set_io_events(io_, static_cast<std::uint32_t>(poll.events)));
    if (deadline != UINT64_MAX)
        check(sd_event_source_set_time(timer_, deadline));
    check(sd_event_source_set_enabled(timer_, deadline == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT));
}

} // namespace ocfsecd::dbus
