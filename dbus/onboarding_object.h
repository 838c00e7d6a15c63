#pragma once
// /org/ocfsecd1/device/N: interface org.ocfsecd1.Onboarding.

#include "dbus/face.h"
#include "dbus/pin_agents.h"

#include "onboarding-adaptor.h"

namespace ocfsecd::dbus {

class OnboardingObject final : public Face<org::ocfsecd1::Onboarding_adaptor> {
public:
    /// `calls` and `actions` outlive it.
    OnboardingObject(sdbus::IConnection& connection, systemd::Loop& loop, unsigned device, Calls& calls,
                     const Actions& actions);

    PinAgents& agents() { return agents_; }

private:
    void OpenWindow(sdbus::Result<>&& result, std::uint32_t seconds) override;
    void GetPin(sdbus::Result<std::string, std::uint32_t>&& result) override;
    void RegisterPinAgent(sdbus::Result<>&& result, sdbus::ObjectPath agent) override;
    void UnregisterPinAgent(sdbus::Result<>&& result, sdbus::ObjectPath agent) override;

    systemd::Loop& loop_;
    PinAgents agents_;
};

} // namespace ocfsecd::dbus
