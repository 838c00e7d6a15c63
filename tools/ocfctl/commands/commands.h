#pragma once
// One file per command; each adds itself to the command line and names the act that is to be done when it is chosen.

#include "tools/ocfctl/daemon_proxy.h"
#include "tools/ocfctl/exit_code.h"

#include <functional>

namespace CLI {
class App;
}

namespace ocfsecd::ctl {

struct Tool {
    std::string bus = "system";           ///< --bus
    bool json = false;                    ///< --json
    bool yes = false;                     ///< --yes
    std::function<Result<Exit>()> action; ///< of the chosen command
};

void addStatus(CLI::App& app, Tool& tool);
void addReset(CLI::App& app, Tool& tool);
void addSoftReset(CLI::App& app, Tool& tool);
void addPin(CLI::App& app, Tool& tool);
void addWindow(CLI::App& app, Tool& tool);
void addManufacturer(CLI::App& app, Tool& tool);
void addRecords(CLI::App& app, Tool& tool); ///< credentials, events, check

} // namespace ocfsecd::ctl
