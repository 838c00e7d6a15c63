// `ocf-obt certify`: an identity certificate for a device.

#include "svr/certificate_profile.h"
#include "tools/obt/certify_device.h"
#include "tools/obt/commands/certificates.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

struct Arguments {
    std::string target;
    int days = static_cast<int>(kIdentityLifetime.count());
};

Result<Exit> run(Tool& tool, const Arguments& arguments) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    tool.target = arguments.target;
    const auto now = svr::SystemWallClock{}.now();
    const auto authority = Authority::openUsable((*home)->directory(), now);
    if (!authority)
        return authority.failure();
    const auto certified = certifyDevice(tool, *authority, arguments.target, std::chrono::days{arguments.days}, now);
    if (!certified)
        return certified.failure();
    const auto& [device, done, told] = *certified;
    const auto until = svr::dateOf(done.certificate.notAfter);
    auto text = fmt::format("{} has an identity certificate, valid until {}.\nProven: a session in which both sides "
                            "showed theirs.",
                            device.text(), until);
    if (done.replaced != 0)
        text += fmt::format("\nOlder ones removed: {}", done.replaced);
    if (done.leftover)
        text += "\nAn older one is still there: " + done.leftover->what;
    if (!told)
        text += fmt::format("\nIt does not know yet what is revoked: {}\nnext: {}", told.failure().what,
                            tool.suggestion(told.failure().next.empty() ? "ocf-obt crl publish" : told.failure().next));
    tool.print(text, Json{{"deviceuuid", device.text()},
                          {"serial", toHex(done.certificate.serial)},
                          {"notafter", until},
                          {"proven", true},
                          {"replaced", done.replaced},
                          {"leftover", done.leftover ? done.leftover->what : ""},
                          {"crl", told ? "" : told.failure().what},
                          {"certificate", svr::toPem(done.certificate.der)}});
    return Exit::done;
}

} // namespace

void addCertify(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("certify", "as CMS: give a device an identity certificate of this home's CA");
    auto arguments = makeArguments<Arguments>();
    addSession(*command, tool, arguments->target);
    command->add_option("--days", arguments->days, "how long it is valid, at most as long as the CA")
        ->check(CLI::Range(1, kMaxDays))
        ->capture_default_str();
    command->footer(
        "The device's certificate request has to be for its own UUID, signed by its key, on P-256, and with a\n"
        "key no other device has. Root and certificate are written together; a session with certificates\n"
        "on both sides proves them, else they are taken back. Again: renews it.\n"
        "Before: ocf-obt ca create");
    command->callback([&tool, arguments] { tool.action = [&tool, arguments] { return run(tool, *arguments); }; });
}

} // namespace ocfsecd::obt
