#pragma once
// The agent, its devices and what they know, as the bus shows them.

#include "agent.h"
#include "dbus/model.h"

namespace ocfsecd {

dbus::ManagerView viewOf(const Agent& agent);
dbus::DeviceView viewOf(const Agent& agent, unsigned device);
dbus::PinView viewOf(const ocf::ShownPin& pin);
dbus::EventView viewOf(const svr::AuditEntry& entry);
dbus::CredentialView viewOf(const svr::Credential& credential);

/// For "systemctl status": what is wrong and what to do, else how device 0 is.
std::string statusLine(const Agent& agent);

} // namespace ocfsecd
