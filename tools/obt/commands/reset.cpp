// `ocf-obt reset`: ends the ownership of a device. `ocf-obt forget`: only here.

#include "tools/obt/commands/commands.h"
#include "tools/obt/exchange.h"
#include "tools/obt/reach.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

Result<Exit> reset(Tool& tool, const std::string& target) {
    Reach reach{tool};
    const auto known = reach.subject(target);
    if (!known)
        return known.failure();
    if (auto agreed = tool.confirm(fmt::format("Reset {} {}? It forgets its owner, all credentials and access rules.",
                                               known->device.text(), known->name));
        !agreed)
        return agreed.failure();
    auto reached = reach.session(known->device.text());
    if (!reached)
        return Failure{reached.failure().reason, reached.failure().what,
                       "if it was reset at the device itself: ocf-obt forget TARGET"};
    tool.begin("resetting");
    const auto openAgain = [&]() -> Result<void> {
        const auto opened = reach.open(*reached->peer, reached->subject);
        return opened ? Result<void>{} : Result<void>{opened.failure()};
    };
    if (auto done = resetDevice(*reached->session, openAgain); !done)
        return done.failure();
    const auto device = reached->subject.device;
    reached->session.reset();
    if (auto removed = tool.subjects()->remove(device); !removed)
        return removed.failure();
    tool.print(fmt::format("{} was reset; its credentials here are deleted. It comes back with a new UUID.\n"
                           "next: {}",
                           device.text(), tool.suggestion("ocf-obt discover")),
               Json{{"deviceuuid", device.text()}, {"reset", true}});
    return Exit::done;
}

Result<Exit> forget(Tool& tool, const std::string& target) {
    const auto known = Reach{tool}.subject(target);
    if (!known)
        return known.failure();
    if (auto agreed =
            tool.confirm(fmt::format("Forget {} {}? Without its credential it can only be reset at the device.",
                                     known->device.text(), known->name));
        !agreed)
        return agreed.failure();
    if (auto removed = tool.subjects()->remove(known->device); !removed)
        return removed.failure();
    tool.print(fmt::format("{} is forgotten here; the device itself was not asked.", known->device.text()),
               Json{{"deviceuuid", known->device.text()}, {"forgotten", true}});
    return Exit::done;
}

CLI::App* add(CLI::App& app, Tool& tool, const char* name, const char* text,
              Result<Exit> (*act)(Tool&, const std::string&)) {
    auto* command = app.add_subcommand(name, text);
    auto target = std::make_shared<std::string>();
    addTarget(*command, *target);
    command->callback([&tool, target, act] { tool.action = [&tool, target, act] { return act(tool, *target); }; });
    return command;
}

} // namespace

void addReset(CLI::App& app, Tool& tool) {
    auto* hard =
        add(app, tool, "reset", "hard reset: the device forgets owner and credentials; deletes the copies here", reset);
    addSessionOptions(*hard, tool);
    add(app, tool, "forget", "delete what is known of a device here, without asking the device", forget);
}

} // namespace ocfsecd::obt
