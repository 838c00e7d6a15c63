// `ocfctl pin`: the PIN a tool asks for, now or as soon as there is one.

#include "tools/common/json_text.h"
#include "tools/common/shown.h"
#include "tools/ocfctl/commands/act.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace ocfsecd::ctl {

namespace {

void printLine(const nlohmann::json& json) {
    constexpr int kOneLine = -1;
    fmt::print("{}\n", cli::jsonText(json, kOneLine));
}

void print(const Tool& tool, unsigned device, const Pin& pin) {
    if (tool.json)
        printLine({{"device", device}, {"pin", pin.characters}, {"expiresIn", pin.secondsLeft}});
    else
        fmt::print("PIN {}   good for one attempt within {} s\n", cli::shown(pin.characters), pin.secondsLeft);
    std::fflush(stdout); // whoever waits for it reads a pipe
}

Result<Exit> show(const Tool& tool, const std::string& wanted) {
    auto reached = reach(tool, wanted);
    if (!reached)
        return reached.failure();
    const auto pin = reached->daemon.pin(reached->index);
    if (!pin)
        return pin.failure();
    print(tool, reached->index, *pin);
    return Exit::done;
}

/// Until a tool has opened the onboarding connection with one. A wrong PIN resets the device: the next one is shown.
Result<Exit> wait(const Tool& tool, const std::string& wanted) {
    auto reached = reach(tool, wanted);
    if (!reached)
        return reached.failure();
    const auto index = reached->index;
    if (!tool.json)
        fmt::print(stderr, "{} can be owned by Random PIN for as long as this runs.\n", reached->name);
    const auto cancelled = [&](const std::string& reason) {
        const bool used = reason == "used";
        if (tool.json)
            printLine({{"device", index}, {"pin", nullptr}, {"reason", reason}});
        else
            fmt::print("the PIN is void: {}{}\n", cli::shown(reason), used ? "" : "; the next one is shown here");
        std::fflush(stdout);
        return used;
    };
    const auto shown = reached->daemon.showPins(index, {[&](const Pin& pin) { print(tool, index, pin); }, cancelled});
    if (!shown)
        return shown.failure();
    return Exit::done;
}

} // namespace

void addPin(CLI::App& app, Tool& tool) {
    auto wanted = std::make_shared<std::string>();
    auto waits = std::make_shared<bool>(false);
    auto* command = app.add_subcommand("pin", "Show the PIN by which a device is to be owned (root)");
    command->add_option("DEVICE", *wanted, "number or UUID of the device; may be left out when there is one");
    command->add_flag("--wait", *waits, "offer the Random PIN method and show each PIN, until the right one was used");
    command->callback([&tool, wanted, waits] {
        tool.action = [&tool, wanted, waits] { return *waits ? wait(tool, *wanted) : show(tool, *wanted); };
    });
}

} // namespace ocfsecd::ctl
