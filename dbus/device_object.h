#pragma once
// /org/ocfsecd1/device/N: interface org.ocfsecd1.Device.

#include "dbus/calls.h"
#include "dbus/model.h"

#include "device-adaptor.h"

namespace ocfsecd::dbus {

std::string devicePath(unsigned device);

class DeviceObject final : public sdbus::AdaptorInterfaces<org::ocfsecd1::Device_adaptor> {
public:
    /// `view`, `calls` and `actions` outlive it.
    DeviceObject(sdbus::IConnection& connection, unsigned device, const DeviceView& view, Calls& calls,
                 const Actions& actions);
    ~DeviceObject();
    DeviceObject(const DeviceObject&) = delete;
    DeviceObject& operator=(const DeviceObject&) = delete;

    void announce(); ///< InterfacesAdded, for all interfaces of the device
    void retire();   ///< InterfacesRemoved, the same
    void signal(const std::vector<std::string_view>& changed);

private:
    using Action = std::function<void(unsigned, Actions::Done)>;

    void Reset(sdbus::Result<>&& result) override;
    void SoftReset(sdbus::Result<>&& result) override;
    std::string DeviceId() override;
    std::string Name() override;
    std::string OnboardingState() override;
    std::string Phase() override;
    bool Pending() override;
    bool Owned() override;
    std::string OwnerId() override;
    std::map<std::string, sdbus::Variant> OwnerCredential() override;
    bool Operational() override;
    std::vector<std::string> SupportedMethods() override;
    std::string SelectedMethod() override;
    std::vector<std::string> Endpoints() override;
    std::uint32_t Sessions() override;

    void run(const char* right, sdbus::Result<>&& result, const Action& action);

    unsigned device_;
    const DeviceView& view_;
    Calls& calls_;
    const Actions& actions_;
};

} // namespace ocfsecd::dbus
