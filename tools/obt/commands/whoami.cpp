// `ocf-obt whoami`: this home's identity, which the DOTS names with --cms or --ams.

#include "tools/obt/commands/commands.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

void addWhoami(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("whoami", "this tool's own UUID (made at first use)");
    command->callback([&tool] {
        tool.action = [&tool]() -> Result<Exit> {
            const auto home = tool.home();
            if (!home)
                return home.failure();
            const auto& identity = (*home)->identity();
            tool.print(identity.uuid.text(), Json{{"uuid", identity.uuid.text()},
                                                  {"domain", identity.domain.text()},
                                                  {"home", (*home)->directory().string()}});
            return Exit::done;
        };
    });
}

} // namespace ocfsecd::obt
