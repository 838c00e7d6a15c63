// `ocf-obt discover`: who is there.

#include "tools/obt/commands/commands.h"
#include "tools/obt/method.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

std::string ownerText(const FoundDevice& found, const std::vector<Subject>& subjects) {
    if (!found.owned)
        return "-";
    for (const auto& subject : subjects)
        if (subject.device == found.device)
            return "known";
    return "somebody else";
}

Result<Exit> run(Tool& tool, bool all) {
    auto subjects = tool.subjects();
    if (!subjects)
        return subjects.failure();
    const auto known = subjects->all();
    if (!known)
        return known.failure();
    tool.begin(all ? "asking all devices" : "asking for devices without an owner");
    auto discovery = tool.discovery();
    const auto found = all ? discovery.all() : discovery.unowned();
    if (!found)
        return found.failure();
    if (found->empty())
        return Failure{Reason::notFound, all ? "no device answers" : "no device waits for an owner",
                       all ? "check power, network and --interface" : "ocf-obt discover --all"};
    std::vector<std::vector<std::string>> rows{{"DEVICE", "NAME", "STATE", "OWNER", "METHODS", "ADDRESS"}};
    Json json = Json::array();
    for (const auto& device : *found) {
        const auto owner = ownerText(device, *known);
        rows.push_back({device.device.text(), device.name.empty() ? "-" : device.name,
                        device.owned ? "owned" : "unowned", owner, device.oxms.empty() ? "-" : methodTexts(device.oxms),
                        Endpoint{false, device.from}.text()});
        Json endpoints = Json::array();
        for (const auto& endpoint : device.endpoints)
            endpoints.push_back(endpoint.text());
        json.push_back({{"deviceuuid", device.device.text()},
                        {"name", device.name},
                        {"owned", device.owned},
                        {"known", owner == "known"},
                        {"oxms", device.oxms},
                        {"from", Endpoint{false, device.from}.text()},
                        {"endpoints", std::move(endpoints)}});
    }
    tool.print(table(rows), json);
    return Exit::done;
}

} // namespace

void addDiscover(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("discover", "find devices by multicast: those without an owner, or all");
    auto all = std::make_shared<bool>(false);
    command->add_flag("--all", *all, "owned devices as well (those that let anybody read /oic/res)");
    command->footer("Next: ocf-obt own DEVICE");
    command->callback([&tool, all] { tool.action = [&tool, all] { return run(tool, *all); }; });
}

} // namespace ocfsecd::obt
