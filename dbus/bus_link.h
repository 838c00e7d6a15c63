#pragma once
// The way to the bus: connects, takes the well-known name, notices the loss, comes back by itself.

#include "dbus/attachment.h"
#include "dbus/dialer.h"

#include <memory>
#include <sys/types.h>

namespace ocfsecd::dbus {

inline constexpr const char* kBusName = "org.ocfsecd1";
inline constexpr const char* kManagerPath = "/org/ocfsecd1";

class BusLink {
public:
    struct Events {
        std::function<void(sdbus::IConnection&)> connected;      ///< register objects now: nobody sees them yet
        std::function<void()> named;                             ///< the name is ours: announce them
        std::function<void()> disconnected;                      ///< destroy all that belongs to the connection
        std::function<void(const std::string& uniqueName)> left; ///< somebody has left the bus
    };
    /// Connects in the loop's next turn. `address` is "system" or the address of a bus.
    BusLink(systemd::Loop& loop, std::string address, Events events);
    ~BusLink();
    BusLink(const BusLink&) = delete;
    BusLink& operator=(const BusLink&) = delete;

    bool named() const { return named_; }
    /// The user of a caller, asked of the bus without waiting; nothing when the bus does not tell. A unique name never
    /// comes back, so the answer is about that caller. `done` is dropped when the connection is lost.
    void askUser(const std::string& uniqueName, std::function<void(std::optional<uid_t>)> done);
    /// Whether polkit grants the caller this action, asked without waiting and without a prompt on anybody's screen; no
    /// polkit grants nothing. `done` as above.
    void askPolkit(const std::string& uniqueName, const std::string& action, std::function<void(bool)> done);
    /// Says that sending failed; the reconnection starts from the loop.
    void lost(std::string_view why);

private:
    void take(const std::function<void()>& answer);
    void dial();
    void connect(Dialer::Line line);
    void disconnect();
    void reportLoss(std::string_view why);
    void requestName();
    void onName(const compat::CallError& error, std::uint32_t outcome);

    systemd::Loop& loop_;
    std::string address_;
    Events events_;
    systemd::TimerSource retry_;
    Duration backoff_;
    bool lossReported_ = false;
    bool named_ = false;
    Dialer dialer_;
    Dialer::Line line_; // outlives all below
    std::unique_ptr<sdbus::IProxy> bus_;
    std::unique_ptr<sdbus::IProxy> polkit_;
    std::unique_ptr<Attachment> attachment_;
};

} // namespace ocfsecd::dbus
