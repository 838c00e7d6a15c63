#pragma once
// Commands for the time after onboarding: what a device is part of, and what it wrote down.

#include "tools/obt/commands/commands.h"

namespace ocfsecd::obt {

void addSecurityDomain(CLI::App& app, Tool& tool);
void addEvents(CLI::App& app, Tool& tool);

} // namespace ocfsecd::obt
