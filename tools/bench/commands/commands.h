#pragma once
// Each command: adds itself to the command line; when chosen, sets the run's action.

#include "tools/bench/key.h"
#include "tools/bench/report.h"

#include <CLI/App.hpp>

#include <functional>
#include <memory>

namespace ocfsecd::bench {

struct Run {
    TargetOptions target;
    bool json = false;
    std::function<Result<Report>()> action; ///< of the command that was chosen
};

void addHandshakes(CLI::App& app, Run& run);
void addGet(CLI::App& app, Run& run);
void addIdle(CLI::App& app, Run& run);
void addOnboard(CLI::App& app, Run& run);
void addUnseal(CLI::App& app, Run& run);
void addFlood(CLI::App& app, Run& run);
void addStart(CLI::App& app, Run& run);

/// Server, key and process: what every command with sessions needs.
void addTargetOptions(CLI::App& command, TargetOptions& options);

} // namespace ocfsecd::bench
