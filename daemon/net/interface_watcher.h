#pragma once
// Wakes when links, addresses or routes change.

#include "systemd/fd.h"
#include "systemd/loop.h"

namespace ocfsecd::net {

class InterfaceWatcher {
public:
    /// `changed` runs once after a burst of changes. Throws std::system_error without rtnetlink (start-up).
    InterfaceWatcher(systemd::Loop& loop, std::function<void()> changed);

private:
    void drain();

    systemd::Loop& loop_;
    systemd::Fd fd_;
    systemd::TimerSource timer_;
    systemd::IoSource source_;
    bool waiting_ = false;
};

} // namespace ocfsecd::net
