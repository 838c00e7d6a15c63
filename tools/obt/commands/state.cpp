// `ocf-obt state`: changes the onboarding state of a device.

#include "tools/obt/commands/commands.h"
#include "tools/obt/exchange.h"
#include "tools/obt/reach.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

const std::map<std::string, int> kStates{{"rfpro", state::rfpro}, {"rfnop", state::rfnop}, {"sreset", state::sreset}};

Result<Exit> run(Tool& tool, const std::string& target, int wanted) {
    auto reached = Reach{tool}.session(target);
    if (!reached)
        return reached.failure();
    if (auto done = change(*reached->session, setState(wanted)); !done)
        return Failure{done.failure().reason, done.failure().what,
                       wanted == state::rfnop ? "each rowneruuid needs a credential: ocf-obt verify TARGET"
                                              : done.failure().next};
    const auto now = readPstat(*reached->session);
    if (!now)
        return now.failure();
    if (now->state != wanted)
        return Failure{Reason::precondition, fmt::format("the device said yes, but is in {}", stateName(now->state)),
                       "ocf-obt status TARGET"};
    tool.print(fmt::format("{} is in {}.", reached->subject.device.text(), stateName(wanted)),
               Json{{"deviceuuid", reached->subject.device.text()},
                    {"state", stateName(now->state)},
                    {"operational", now->operational}});
    return Exit::done;
}

} // namespace

void addState(CLI::App& app, Tool& tool) {
    struct Arguments {
        std::string target;
        int wanted = 0;
    };
    auto* command = app.add_subcommand("state", "take a device to RFPRO, RFNOP or SRESET");
    auto arguments = makeArguments<Arguments>();
    addSession(*command, tool, arguments->target);
    command->add_option("STATE", arguments->wanted, "rfpro: provisioning, rfnop: normal operation, sreset: repair")
        ->required()
        ->transform(CLI::CheckedTransformer(kStates, CLI::ignore_case));
    command->callback([&tool, arguments] {
        tool.action = [&tool, arguments] { return run(tool, arguments->target, arguments->wanted); };
    });
}

} // namespace ocfsecd::obt
