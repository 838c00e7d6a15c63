// `ocfctl window open`: lets an unowned device be owned by Just Works for a while.

#include "tools/ocfctl/commands/act.h"

#include <CLI/CLI.hpp>
#include <memory>

namespace ocfsecd::ctl {

namespace {

Result<Exit> run(const Tool& tool, const std::string& wanted, std::uint32_t seconds) {
    auto reached = reach(tool, wanted);
    if (!reached)
        return reached.failure();
    if (const auto opened = reached->daemon.openWindow(reached->index, seconds); !opened)
        return opened.failure();
    tellDone(tool, *reached, "{} can be owned by Just Works now; whoever is nearest can do it.");
    return Exit::done;
}

} // namespace

void addWindow(CLI::App& app, Tool& tool) {
    auto wanted = std::make_shared<std::string>();
    auto seconds = std::make_shared<std::uint32_t>(0);
    auto* window = app.add_subcommand("window", "The time in which a device may be owned by Just Works (root)");
    window->require_subcommand(1);
    auto* open = window->add_subcommand("open", "Open it, counted from now");
    open->add_option("DEVICE", *wanted, "number or UUID of the device; may be left out when there is one");
    open->add_option("--for", *seconds, "seconds; as WindowSec= says when left out")->check(CLI::Range(1, 86'400));
    open->callback(
        [&tool, wanted, seconds] { tool.action = [&tool, wanted, seconds] { return run(tool, *wanted, *seconds); }; });
}

} // namespace ocfsecd::ctl
