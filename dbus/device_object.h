#pragma once
// /org/ocfsecd1/device/N: interface org.ocfsecd1.Device.

#include "dbus/face.h"

#include "device-adaptor.h"

namespace ocfsecd::dbus {

class DeviceObject final : public Face<org::ocfsecd1::Device_adaptor> {
public:
    /// `view`, `calls` and `actions` outlive it.
    DeviceObject(sdbus::IConnection& connection, unsigned device, const DeviceView& view, Calls& calls,
                 const Actions& actions);

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

    const DeviceView& view_;
};

} // namespace ocfsecd::dbus
