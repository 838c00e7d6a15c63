#pragma once
// Connects to a bus beside the loop. The library waits for the bus's answers on the way, and a bus that hangs gives
// none for a minute and more: all that waits is done on a thread of its own, and only a finished connection comes back.

#include "dbus/compat.h"
#include "systemd/loop.h"

#include <functional>
#include <memory>

namespace ocfsecd::dbus {

class Dialer {
public:
    struct Line {
        std::unique_ptr<sdbus::IConnection> connection;
        sdbus::Slot departures; ///< the match behind Events::left
    };
    /// All run on the loop's thread.
    struct Events {
        std::function<void(Line line)> connected;
        std::function<void(std::string_view why)> failed;
        std::function<void()> silent;                            ///< the bus does not answer; the attempt goes on
        std::function<void(const std::string& uniqueName)> left; ///< of a connection that is in use
    };
    Dialer(systemd::Loop& loop, Events events);
    ~Dialer(); ///< an attempt under way ends by itself, unheard
    Dialer(const Dialer&) = delete;
    Dialer& operator=(const Dialer&) = delete;

    /// `address` is "system" or the address of a bus. Not while an attempt is under way.
    void dial(const std::string& address);

private:
    struct Attempt;
    void finish();

    systemd::Loop& loop_;
    std::shared_ptr<const Events> events_;
    std::shared_ptr<Attempt> attempt_;
    systemd::IoSource finished_;
    systemd::TimerSource patience_;
};

} // namespace ocfsecd::dbus
