#pragma once
// /org/ocfsecd1/device/N: interface org.ocfsecd1.Manufacturer.

#include "dbus/face.h"

#include "manufacturer-adaptor.h"

namespace ocfsecd::dbus {

class ManufacturerObject final : public Face<org::ocfsecd1::Manufacturer_adaptor> {
public:
    /// `view`, `calls` and `actions` outlive it.
    ManufacturerObject(sdbus::IConnection& connection, unsigned device, const DeviceView& view, Calls& calls,
                       const Actions& actions);

    void signal(); ///< its certificate has changed

private:
    void Import(sdbus::Result<>&& result, std::string chain, sdbus::UnixFd key) override;
    void CreateKey(sdbus::Result<std::string>&& result) override;
    void SetChain(sdbus::Result<>&& result, std::string chain) override;
    std::map<std::string, sdbus::Variant> Certificate() override;

    const DeviceView& view_;
};

} // namespace ocfsecd::dbus
