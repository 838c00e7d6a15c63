#include "dbus/device_object.h"

#include <fmt/format.h>

namespace ocfsecd::dbus {

std::string devicePath(unsigned device) {
    return fmt::format("{}/device/{}", kManagerPath, device);
}

DeviceObject::DeviceObject(sdbus::IConnection& connection, unsigned device, const DeviceView& view, Calls& calls,
                           const Actions& actions)
    : Face{connection, device, calls, actions}, view_{view} {}

void DeviceObject::announce() {
    getObject().emitInterfacesAddedSignal();
}

void DeviceObject::retire() {
    getObject().emitInterfacesRemovedSignal();
}

void DeviceObject::signal(const std::vector<std::string_view>& changed) {
    getObject().emitPropertiesChangedSignal(INTERFACE_NAME, compat::propertyNames(changed));
}

void DeviceObject::Reset(sdbus::Result<>&& result) {
    run(right::reset, std::move(result), actions_.reset);
}

void DeviceObject::SoftReset(sdbus::Result<>&& result) {
    run(right::softReset, std::move(result), actions_.softReset);
}

void DeviceObject::run(const char* right, sdbus::Result<>&& result, const Action& action) {
    calls_.take<>(getObject(), right, std::move(result),
                  [this, &action](const std::string&, const Calls::Reply<>& reply) {
                      action ? action(device_, reply) : reply(kCannot);
                  });
}

std::string DeviceObject::DeviceId() {
    return view_.deviceId.text();
}

std::string DeviceObject::Name() {
    return view_.name;
}

std::string DeviceObject::OnboardingState() {
    return view_.onboardingState;
}

std::string DeviceObject::Phase() {
    return view_.phase;
}

bool DeviceObject::Pending() {
    return view_.pending;
}

bool DeviceObject::Owned() {
    return view_.owned;
}

std::string DeviceObject::OwnerId() {
    return view_.ownerId ? view_.ownerId->text() : std::string{};
}

std::map<std::string, sdbus::Variant> DeviceObject::OwnerCredential() {
    if (!view_.ownerCredential)
        return {};
    return {{"credid", sdbus::Variant{view_.ownerCredential->credid}},
            {"origin", sdbus::Variant{view_.ownerCredential->origin}},
            {"sealed", sdbus::Variant{view_.ownerCredential->sealed}}};
}

bool DeviceObject::Operational() {
    return view_.operational;
}

std::vector<std::string> DeviceObject::SupportedMethods() {
    return view_.supportedMethods;
}

std::string DeviceObject::SelectedMethod() {
    return view_.selectedMethod;
}

std::vector<std::string> DeviceObject::Endpoints() {
    return view_.endpoints;
}

std::uint32_t DeviceObject::Sessions() {
    return view_.sessions;
}

} // namespace ocfsecd::dbus
