#pragma once
// /org/ocfsecd1/device/N: interface org.ocfsecd1.Device.

#include "dbus/bus_link.h"
#include "dbus/model.h"

#include "device-adaptor.h"

namespace ocfsecd::dbus {

std::string devicePath(unsigned device);

class DeviceObject final : public sdbus::AdaptorInterfaces<org::ocfsecd1::Device_adaptor> {
public:
    /// `view`, `link` and `actions` outlive it.
    DeviceObject(sdbus::IConnection& connection, unsigned device, const DeviceView& view, BusLink& link,
                 const Actions& actions);
    ~DeviceObject();
    DeviceObject(const DeviceObject&) = delete;
    DeviceObject& operator=(const DeviceObject&) = delete;

    void announce(); ///< InterfacesAdded
    void retire();   ///< InterfacesRemoved
    void signal(const std::vector<std::string_view>& changed);

private:
    using Action = std::function<void(unsigned, Actions::Done)>;
    using CallId = std::uint64_t;

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

    void authoriseAndRun(sdbus::Result<>&& result, const Action& action);
    void run(CallId call, const Action& action);
    void answer(CallId call, const ocfsecd::Result<void>& outcome);

    unsigned device_;
    const DeviceView& view_;
    BusLink& link_;
    const Actions& actions_;
    std::map<CallId, sdbus::Result<>> calls_; ///< not answered yet; they must not outlive the connection
    CallId lastCall_ = 0;
    std::shared_ptr<char> alive_ = std::make_shared<char>(); ///< late answers ask whether this object still is
};

} // namespace ocfsecd::dbus
