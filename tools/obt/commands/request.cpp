// `ocf-obt request`: this identity asks the CA of another home for a certificate.

#include "tools/obt/commands/certificates.h"
#include "tools/obt/own_request.h"

namespace ocfsecd::obt {

namespace {

Result<Exit> run(Tool& tool, bool newKey) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    const auto pem = requestCertificate(**home, newKey ? RequestKey::fresh : RequestKey::same);
    if (!pem)
        return pem.failure();
    tool.print(*pem, Json{{"uuid", (*home)->identity().uuid.text()}, {"request", *pem}});
    return Exit::done;
}

} // namespace

void addRequest(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("request", "ask the CA of another home for this identity's certificate");
    auto newKey = std::make_shared<bool>(false);
    command->add_flag("--new-key", *newKey, "for a new key: the old one may be in other hands, or is revoked");
    command->footer("Writes the request to standard output. The key stays here.\n"
                    "  ocf-obt --home ams request > request\n"
                    "  ocf-obt --home cms certify --request request > certificate\n"
                    "  ocf-obt --home ams accept certificate");
    command->callback([&tool, newKey] { tool.action = [&tool, newKey] { return run(tool, *newKey); }; });
}

} // namespace ocfsecd::obt
