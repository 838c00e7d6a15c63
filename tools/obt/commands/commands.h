#pragma once
// Each command: adds itself to the command line; when chosen, sets the tool's action.

#include "tools/obt/tool.h"

#include <CLI/CLI.hpp>

namespace ocfsecd::obt {

void addWhoami(CLI::App& app, Tool& tool);
void addDiscover(CLI::App& app, Tool& tool);
void addOwn(CLI::App& app, Tool& tool);
void addAccept(CLI::App& app, Tool& tool);
void addList(CLI::App& app, Tool& tool);
void addStatus(CLI::App& app, Tool& tool);
void addVerify(CLI::App& app, Tool& tool);
void addProvision(CLI::App& app, Tool& tool);
void addState(CLI::App& app, Tool& tool);
void addResource(CLI::App& app, Tool& tool); ///< get, post, delete
void addReset(CLI::App& app, Tool& tool);    ///< reset, forget

/// A command's options live as long as its action.
template <class Arguments>
std::shared_ptr<Arguments> makeArguments() {
    return std::make_shared<Arguments>();
}
inline void addTarget(CLI::App& command, std::string& target) {
    command.add_option("TARGET", target, std::string{kTargetHelp})->required();
}

} // namespace ocfsecd::obt
