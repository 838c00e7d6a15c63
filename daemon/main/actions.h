#pragma once
// What the bus may ask of the agent.

#include "agent.h"
#include "dbus/model.h"

namespace ocfsecd {

/// `agent` outlives what comes back, and is there before anybody on the bus can ask.
dbus::Actions actionsOf(const std::unique_ptr<Agent>& agent);

} // namespace ocfsecd
