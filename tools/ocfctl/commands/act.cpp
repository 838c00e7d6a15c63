#include "tools/ocfctl/commands/act.h"

#include "tools/common/json_text.h"
#include "tools/common/shown.h"

#include <cstdio>
#include <fmt/format.h>
#include <iostream>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace ocfsecd::ctl {

namespace {

/// A question on the terminal. Nobody there, or anything but yes: nothing is done.
Result<void> confirm(const std::string& question) {
    const Failure unconfirmed{Reason::limitReached, "nothing was done: not confirmed", "confirm with --yes"};
    if (::isatty(STDIN_FILENO) == 0)
        return unconfirmed;
    fmt::print(stderr, "{} [y/N] ", question);
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "y" || answer == "yes")
        return {};
    return unconfirmed;
}

std::string naming(unsigned index, const dbus::DeviceView& device) {
    return fmt::format("device {} (\"{}\", {})", index, cli::shown(device.name), device.deviceId.text());
}

} // namespace

Result<unsigned> choose(const Snapshot& snapshot, const std::string& wanted) {
    if (wanted.empty() && snapshot.devices.size() == 1)
        return snapshot.devices.begin()->first;
    if (wanted.empty() && snapshot.devices.size() > 1)
        return Failure{Reason::limitReached, fmt::format("there are {} devices", snapshot.devices.size()),
                       "say which, by the number or the UUID that \"ocfctl status\" shows"};
    for (const auto& [index, device] : snapshot.devices)
        if (wanted == std::to_string(index) || Uuid::parse(wanted) == device.deviceId)
            return index;
    return Failure{Reason::notFound, wanted.empty() ? "there is no device" : fmt::format("no device \"{}\"", wanted),
                   "\"ocfctl status\" lists them"};
}

Result<Reached> reach(const Tool& tool, const std::string& wanted) {
    auto daemon = DaemonProxy::connect(tool.bus);
    if (!daemon)
        return daemon.failure();
    const auto snapshot = daemon->snapshot();
    if (!snapshot)
        return snapshot.failure();
    const auto index = choose(*snapshot, wanted);
    if (!index)
        return index.failure();
    const auto& device = snapshot->devices.at(*index);
    return Reached{*std::move(daemon), *index, device, naming(*index, device)};
}

void tellDone(const Tool& tool, const Reached& reached, std::string_view done) {
    if (tool.json)
        fmt::print("{}\n", cli::jsonText(nlohmann::json{{"device", reached.index}, {"done", true}}));
    else
        fmt::print("{}\n", fmt::format(fmt::runtime(done), reached.name));
}

Result<Exit> carryOut(const Tool& tool, const std::string& wanted, const Act& act) {
    auto reached = reach(tool, wanted);
    if (!reached)
        return reached.failure();
    if (!tool.yes)
        if (const auto confirmed = confirm(fmt::format(fmt::runtime(act.question), reached->name)); !confirmed)
            return confirmed.failure();
    if (const auto acted = (reached->daemon.*act.method)(reached->index); !acted)
        return acted.failure();
    tellDone(tool, *reached, act.done);
    return Exit::done;
}

} // namespace ocfsecd::ctl
