// `ocfctl status`: what the daemon and its devices are doing now.

#include "tools/common/json_text.h"
#include "tools/ocfctl/commands/commands.h"
#include "tools/ocfctl/render.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ocfsecd::ctl {

namespace {

Result<Exit> run(const Tool& tool) {
    auto daemon = DaemonProxy::connect(tool.bus);
    if (!daemon)
        return daemon.failure();
    const auto snapshot = daemon->snapshot();
    if (!snapshot)
        return snapshot.failure();
    fmt::print("{}", tool.json ? cli::jsonText(jsonOf(*snapshot)) + "\n" : textOf(*snapshot));
    return snapshot->manager.tpmState == "ok" ? Exit::done : Exit::namedFailure;
}

} // namespace

void addStatus(CLI::App& app, Tool& tool) {
    app.add_subcommand("status", "Show the daemon, the TPM and each device, as they are now")->callback([&tool] {
        tool.action = [&tool] { return run(tool); };
    });
}

} // namespace ocfsecd::ctl
