#pragma once
// The daemon as its clients on the bus see it.

#include "base/result.h"
#include "dbus/model.h"

#include <functional>
#include <map>
#include <memory>

namespace ocfsecd::ctl {

/// All that is shown at one moment.
struct Snapshot {
    dbus::ManagerView manager;
    std::map<unsigned, dbus::DeviceView> devices; ///< by index
};

struct Pin {
    std::string characters;
    std::uint32_t secondsLeft = 0;
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

    Result<void> openWindow(unsigned device, std::uint32_t seconds); ///< 0: as long as configured
    Result<Pin> pin(unsigned device);
    Result<void> importManufacturer(unsigned device, const std::string& chain, int key);
    Result<std::string> createManufacturerKey(unsigned device); ///< a certificate request in PEM
    Result<void> setManufacturerChain(unsigned device, const std::string& chain);
    Result<std::vector<dbus::CredentialView>> credentials(unsigned device);
    Result<std::vector<dbus::EventView>> events(unsigned device);
    Result<dbus::AccessView> checkAccess(unsigned device, const std::string& subject, const std::string& href,
                                         const std::string& operation);
    /// Shows the device's PINs, as its PinAgent, until `cancelled` says that it is enough. Reason::unavailable: the
    /// daemon has ended, or the device is gone.
    struct PinFaces {
        std::function<void(const Pin&)> displayed;
        std::function<bool(const std::string& reason)> cancelled;
    };
    Result<void> showPins(unsigned device, const PinFaces& faces);

private:
    struct State;
    explicit DaemonProxy(std::unique_ptr<State> state);
    template <class... Ts>
    Result<void> call(unsigned device, const char* interface, const char* method, const Ts&... arguments);

    std::unique_ptr<State> state_;
};

} // namespace ocfsecd::ctl
