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
/// As whom this tool talks to a device that is known.
inline void addSessionOptions(CLI::App& command, Tool& tool) {
    command.add_flag("--certificate", tool.options.certificate,
                     "be known by this identity's certificate (ocf-obt certify), not by its key");
    command
        .add_option("--as-role", tool.options.roles,
                    "the same, and assert this role (ocf-obt role self); may be repeated")
        ->allow_extra_args(false);
}
inline void addTarget(CLI::App& command, std::string& target) {
    command.add_option("TARGET", target, std::string{kTargetHelp})->required();
}
inline void addSession(CLI::App& command, Tool& tool, std::string& target) {
    addTarget(command, target);
    addSessionOptions(command, tool);
}

} // namespace ocfsecd::obt
