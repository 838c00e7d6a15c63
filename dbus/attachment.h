#pragma once
// A bus connection on the event loop, for both versions of sdbus-c++ (its own glue, in 2.x only, aborts when the bus
// dies).

#include "dbus/compat.h"
#include "systemd/loop.h"

struct sd_event_source;

namespace ocfsecd::dbus {

class Attachment {
public:
    /// `lost` runs once, from within the connection's processing: it must not destroy connection or attachment.
    Attachment(sdbus::IConnection& connection, systemd::Loop& loop, std::function<void()> lost);
    ~Attachment();
    Attachment(const Attachment&) = delete;
    Attachment& operator=(const Attachment&) = delete;

private:
    int attempt(void (Attachment::*step)());
    void process();
    void arm();

    sdbus::IConnection& connection_;
    systemd::Loop& loop_;
    std::function<void()> lost_;
    sd_event_source* io_ = nullptr;
    sd_event_source* timer_ = nullptr;
};

} // namespace ocfsecd::dbus
