// `ocfctl soft-reset`: lets the owner repair a device without losing the ownership.

#include "tools/ocfctl/commands/act.h"

#include <CLI/CLI.hpp>
#include <memory>

namespace ocfsecd::ctl {

namespace {

constexpr Act kSoftReset{
    "Soft-reset {}? It stops normal operation until its owner has repaired it.",
    "{} is in \"sreset\": its owner can repair it, and take it back by \"ocf-obt state DEVICE rfpro\".",
    &DaemonProxy::softReset};

} // namespace

void addSoftReset(CLI::App& app, Tool& tool) {
    auto wanted = std::make_shared<std::string>();
    auto* command = app.add_subcommand("soft-reset", "Take an owned device out of operation for repair (root)");
    command->add_option("DEVICE", *wanted, "number or UUID of the device; may be left out when there is one");
    command->callback(
        [&tool, wanted] { tool.action = [&tool, wanted] { return carryOut(tool, *wanted, kSoftReset); }; });
}

} // namespace ocfsecd::ctl
