#pragma once
// /org/ocfsecd1: interface org.ocfsecd1.Manager.

#include "dbus/compat.h"
#include "dbus/model.h"

#include "manager-adaptor.h"

namespace ocfsecd::dbus {

class ManagerObject final : public sdbus::AdaptorInterfaces<org::ocfsecd1::Manager_adaptor> {
public:
    /// `view` outlives it; `devices` gives their object paths.
    ManagerObject(sdbus::IConnection& connection, const ManagerView& view,
                  std::function<std::vector<std::string>()> devices);
    ~ManagerObject();
    ManagerObject(const ManagerObject&) = delete;
    ManagerObject& operator=(const ManagerObject&) = delete;

    void announce();
    void signal(const std::vector<std::string_view>& changed);

private:
    std::string Version() override;
    std::vector<std::string> Features() override;
    std::vector<sdbus::ObjectPath> Devices() override;
    std::string TpmState() override;
    std::string TpmFailure() override;
    std::string TpmRemedy() override;
    std::string TpmManufacturer() override;
    std::string TpmPolicy() override;
    std::uint32_t SealedObjects() override;

    const ManagerView& view_;
    std::function<std::vector<std::string>()> devices_;
};

} // namespace ocfsecd::dbus
