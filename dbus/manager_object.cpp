#include "dbus/manager_object.h"

#include "dbus/bus_link.h"

namespace ocfsecd::dbus {

ManagerObject::ManagerObject(sdbus::IConnection& connection, const ManagerView& view,
                             std::function<std::vector<std::string>()> devices)
    : AdaptorInterfaces{connection, compat::ObjectPath{kManagerPath}}, view_{view}, devices_{std::move(devices)} {
    registerAdaptor();
}

ManagerObject::~ManagerObject() {
    unregisterAdaptor();
}

void ManagerObject::announce() {
    getObject().emitInterfacesAddedSignal();
}

void ManagerObject::signal(const std::vector<std::string_view>& changed) {
    getObject().emitPropertiesChangedSignal(INTERFACE_NAME, compat::propertyNames(changed));
}

std::string ManagerObject::Version() {
    return view_.version;
}

std::vector<std::string> ManagerObject::Features() {
    return view_.features;
}

std::vector<sdbus::ObjectPath> ManagerObject::Devices() {
    std::vector<sdbus::ObjectPath> paths;
    for (const auto& path : devices_())
        paths.emplace_back(path);
    return paths;
}

std::string ManagerObject::TpmState() {
    return view_.tpmState;
}

std::string ManagerObject::TpmFailure() {
    return view_.tpmFailureText;
}

std::string ManagerObject::TpmRemedy() {
    return view_.tpmRemedy;
}

std::string ManagerObject::TpmManufacturer() {
    return view_.tpmManufacturer;
}

std::string ManagerObject::TpmPolicy() {
    return view_.tpmPolicy;
}

std::uint32_t ManagerObject::SealedObjects() {
    return view_.sealedObjects;
}

} // namespace ocfsecd::dbus
