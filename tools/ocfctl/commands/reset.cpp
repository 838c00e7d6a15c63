// `ocfctl reset`: ends an ownership from this side, also when the owner or the stored state is lost.

#include "tools/ocfctl/commands/act.h"

#include <CLI/CLI.hpp>
#include <memory>

namespace ocfsecd::ctl {

namespace {

constexpr Act kReset{
    "Reset {}? Owner, credentials and access rules are forgotten, for good: no backup brings them back.",
    "The reset of {} is durable; it becomes unowned under a new UUID. See \"ocfctl status\".", &DaemonProxy::reset};

} // namespace

void addReset(CLI::App& app, Tool& tool) {
    auto wanted = std::make_shared<std::string>();
    auto* command = app.add_subcommand("reset", "End a device's ownership: it becomes unowned (root)");
    command->add_option("DEVICE", *wanted, "number or UUID of the device; may be left out when there is one");
    command->callback([&tool, wanted] { tool.action = [&tool, wanted] { return carryOut(tool, *wanted, kReset); }; });
}

} // namespace ocfsecd::ctl
