#pragma once
// The daemon as its clients on the bus see it.

#include "base/result.h"
#include "dbus/model.h"

#include <map>
#include <memory>

namespace ocfsecd::ctl {

/// All that is shown at one moment.
struct Snapshot {
    dbus::ManagerView manager;
    std::map<unsigned, dbus::DeviceView> devices; ///< by index
};

class DaemonProxy {
public:
    /// `bus` is "system" or the address of a bus. Does not start the daemon, and does not wait for it.
    /// Reason::unavailable: no bus, or the daemon is not on it.
    static Result<DaemonProxy> connect(const std::string& bus);
    DaemonProxy(DaemonProxy&&) noexcept;
    ~DaemonProxy();

    Result<Snapshot> snapshot();
    /// Returns when the new state is durable. Fails with the reason whose D-Bus error the daemon answered.
    Result<void> reset(unsigned device);
    Result<void> softReset(unsigned device);

private:
    struct State;
    explicit DaemonProxy(std::unique_ptr<State> state);
    Result<void> act(unsigned device, const std::string& method);

    std::unique_ptr<State> state_;
};

} // namespace ocfsecd::ctl
