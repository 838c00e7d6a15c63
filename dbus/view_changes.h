#pragma once
// Which properties differ between two views, by their names in the interface XML.

#include "dbus/model.h"

#include <string_view>

namespace ocfsecd::dbus {

std::vector<std::string_view> changes(const DeviceView& before, const DeviceView& after);
std::vector<std::string_view> changes(const ManagerView& before, const ManagerView& after);

} // namespace ocfsecd::dbus
