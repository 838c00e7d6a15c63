// `ocf-obt ca`: the certificate authority of this home's security domain.

#include "tools/obt/authority.h"
#include "tools/obt/commands/certificates.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

constexpr const char* kWhy =
    "The key is the file ca.pem in the home, mode 0600. It is no key of a TPM: a TPM's key dies with its machine, and\n"
    "then every device would have to be certified anew. A file can be copied to a safe place; do so.";

Exit tell(Tool& tool, const std::filesystem::path& home, const Authority& authority, const std::string& next) {
    const auto& root = authority.root();
    const auto pem = svr::toPem(root.der);
    const auto file = Authority::fileIn(home).string();
    const auto text =
        table({{"certificate authority", svr::nameOf(root)},
               {"serial number", toHex(root.serial)},
               {"valid", fmt::format("{} to {}", svr::dateOf(root.notBefore), svr::dateOf(root.notAfter))},
               {"file", file}});
    tool.print(text + pem + (next.empty() ? "" : "next: " + next), Json{{"name", svr::nameOf(root)},
                                                                        {"serial", toHex(root.serial)},
                                                                        {"notbefore", svr::dateOf(root.notBefore)},
                                                                        {"notafter", svr::dateOf(root.notAfter)},
                                                                        {"file", file},
                                                                        {"certificate", pem}});
    return Exit::done;
}

Result<Exit> create(Tool& tool, const std::string& name) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    const auto& directory = (*home)->directory();
    const auto authority =
        Authority::create(directory, name.empty() ? "ocf-obt CA " + (*home)->identity().domain.text() : name,
                          svr::SystemWallClock{}.now(), tool.random());
    if (!authority)
        return authority.failure();
    return tell(tool, directory, *authority, tool.suggestion("ocf-obt certify TARGET"));
}

Result<Exit> show(Tool& tool) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    const auto authority = Authority::openUsable((*home)->directory(), svr::SystemWallClock{}.now());
    if (!authority)
        return authority.failure();
    return tell(tool, (*home)->directory(), *authority, "");
}

} // namespace

void addCa(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("ca", "this home's certificate authority");
    command->require_subcommand(1);
    command->footer(kWhy);
    auto* make = command->add_subcommand("create", "make it: a root on P-256; never replaces one");
    auto name = std::make_shared<std::string>();
    make->add_option("--name", *name, "common name of the root (default: \"ocf-obt CA\" and the domain's UUID)");
    make->footer(kWhy);
    make->callback([&tool, name] { tool.action = [&tool, name] { return create(tool, *name); }; });
    auto* read = command->add_subcommand("show", "what it is called, how long it is valid, its certificate");
    read->callback([&tool] { tool.action = [&tool] { return show(tool); }; });
}

} // namespace ocfsecd::obt
