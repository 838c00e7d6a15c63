#pragma once
// The agent's face on D-Bus: whoever knows something publishes a view; who asks is authorised and answered.

#include "dbus/model.h"
#include "systemd/loop.h"

#include <memory>

namespace ocfsecd::dbus {

class Service {
public:
    /// `bus` is "system" or the address of a bus. Never fails: a bus that is not there is awaited.
    Service(systemd::Loop& loop, std::string bus, Actions actions);
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Shows a view. The properties that differ from the former one are signalled together, once; `sessions` at most
    /// once a second.
    void publish(const ManagerView& view);
    void publish(unsigned device, const DeviceView& view);
    /// The device is gone for good: its index is not used again.
    void withdraw(unsigned device);
    /// To every PIN agent of the device; with none, nothing happens.
    void displayPin(unsigned device, const PinView& pin);
    void cancelPin(unsigned device, const std::string& reason);
    /// An auditable event has been recorded.
    void record(unsigned device, const EventView& event);
    /// The name is ours and all objects are there.
    bool onBus() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace ocfsecd::dbus
