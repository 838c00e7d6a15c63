// `ocf-obt ca`: the certificate authority of this home's security domain.

#include "svr/certificate_profile.h"
#include "tools/obt/certificate_standing.h"
#include "tools/obt/certify_device.h"
#include "tools/obt/commands/certificates.h"
#include "tools/obt/issued.h"
#include "tools/obt/own_certificate.h"
#include "tools/obt/revoked_certificates.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

constexpr const char* kWhy =
    "The key is the file ca.pem in the home, mode 0600. It is no key of a TPM: a TPM's key dies with its machine, and\n"
    "then every device would have to be certified anew. A file can be copied to a safe place; do so.";

Exit tell(Tool& tool, const std::filesystem::path& home, const Authority& authority, svr::WallTime now,
          const std::string& next) {
    const auto& root = authority.root();
    const auto pem = svr::toPem(root.der);
    const auto file = Authority::fileIn(home).string();
    const auto text =
        table({{"certificate authority", svr::nameOf(root)},
               {"serial number", toHex(root.serial)},
               {"valid", fmt::format("from {} {}", svr::dateOf(root.notBefore), validityText(root, {now}))},
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
    const auto now = svr::SystemWallClock{}.now();
    const auto authority = Authority::create(
        directory, name.empty() ? "ocf-obt CA " + (*home)->identity().domain.text() : name, now, tool.random());
    if (!authority)
        return authority.failure();
    return tell(tool, directory, *authority, now, tool.suggestion("ocf-obt certify TARGET"));
}

Result<Exit> show(Tool& tool) {
    const auto ca = openCa(tool);
    return ca ? tell(tool, ca->home.directory(), ca->authority, ca->now, "") : Result<Exit>{ca.failure()};
}

/// The devices certified under a root before this one.
Result<std::vector<Subject>> behind(Tool& tool, const Home& home, const Authority& authority, svr::WallTime now) {
    const auto by = judgementOf(home.directory(), now);
    if (!by)
        return by.failure();
    auto out = tool.subjects()->all();
    if (!out)
        return out;
    const IssuedCertificates kept{home.subjectsDirectory()};
    Result<void> read;
    std::erase_if(*out, [&](const Subject& subject) {
        const auto issued = kept.of(subject.device);
        if (!issued)
            read = issued.failure();
        return !issued || !*issued || subject.rowners.cred != home.identity().uuid ||
               (*issued)->root == authority.root() || !authority.succeeds((*issued)->root) ||
               standingOf((*issued)->certificate, *by) == CertificateStanding::revoked; // gets none any more
    });
    return read ? out : Result<std::vector<Subject>>{read.failure()};
}

/// The CA with a new root, or as it is where devices still wait for that.
Result<Authority> openRenewed(Tool& tool, const Home& home, svr::WallTime now) {
    auto authority = Authority::open(home.directory());
    if (!authority)
        return authority;
    const auto waiting = behind(tool, home, *authority, now);
    if (!waiting)
        return waiting.failure();
    if (!waiting->empty())
        return authority; // a renewal that has not reached everybody goes on
    if (auto agreed = tool.confirm(fmt::format("Renew the CA {}? Each device it certified gets the new root and a new "
                                               "certificate.",
                                               svr::nameOf(authority->root())));
        !agreed)
        return agreed.failure();
    auto renewed = Authority::renew(home.directory(), now, tool.random());
    if (!renewed)
        return renewed;
    // The list ends with the root that signed it.
    RevokedCertificates revoked{home.directory()};
    const auto list = revoked.list(renewed->root());
    if (!list)
        return list.failure();
    if (*list)
        if (auto signedAnew = revoked.add(*renewed, {}, now, (*list)->number()); !signedAnew)
            return signedAnew.failure();
    return renewed;
}

Result<Exit> renew(Tool& tool) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    const auto now = svr::SystemWallClock{}.now();
    const auto authority = openRenewed(tool, **home, now);
    if (!authority)
        return authority.failure();
    if (auto own = OwnCertificate::obtain(**home, now, tool.random()); !own)
        return own.failure();
    const auto devices = behind(tool, **home, *authority, now);
    if (!devices)
        return devices.failure();
    std::vector<std::vector<std::string>> rows{{"DEVICE", "CERTIFICATE", "WHY"}};
    Json list = Json::array();
    auto exit = Exit::done;
    for (const auto& subject : *devices) {
        const auto done = certifyDevice(tool, *authority, subject.device.text(), kIdentityLifetime, now);
        const auto why = done ? std::string{} : done.failure().what;
        if (!done && exit == Exit::done)
            exit = exitFor(done.failure().reason);
        rows.push_back({subject.device.text(), done ? "renewed" : "NOT RENEWED", done ? "-" : why});
        list.push_back({{"deviceuuid", subject.device.text()}, {"renewed", done.ok()}, {"what", why}});
    }
    tool.target.clear();
    const auto next = exit == Exit::done ? std::string{} : tool.suggestion("ocf-obt ca renew");
    const auto& root = authority->root();
    tool.print(
        fmt::format("{} is valid {}.\n{}{}", svr::nameOf(root), validityText(root, {now}),
                    devices->empty() ? "No device has to be told.\n" : table(rows),
                    next.empty() ? "" : "The others go on with the former root. Again when they answer: " + next),
        Json{{"root", certificateJson(root, {now})}, {"devices", std::move(list)}, {"next", next}});
    return exit;
}

} // namespace

Result<OpenCa> openCa(Tool& tool) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    const auto now = svr::SystemWallClock{}.now();
    auto authority = Authority::openUsable((*home)->directory(), now);
    return authority ? OpenCa{**home, now, *std::move(authority)} : Result<OpenCa>{authority.failure()};
}

void addCa(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("ca", "this home's certificate authority");
    command->require_subcommand(1);
    command->footer(kWhy);
    auto* make = command->add_subcommand("create", "make it: a root on P-256; never replaces one");
    auto name = std::make_shared<std::string>();
    make->add_option("--name", *name, "common name of the root (default: \"ocf-obt CA\" and the domain's UUID)");
    make->footer(kWhy);
    make->callback([&tool, name] { tool.action = [&tool, name] { return create(tool, *name); }; });
    auto* again = command->add_subcommand("renew", "a new root for the same name and key, then certificates under it");
    addSessionOptions(*again, tool);
    again->footer(
        "Each device certified here gets the new root beside the old one, then a certificate, a session proves it, "
        "and\n"
        "then the old root is removed. Nothing that is valid stops being so on the way, so it may be interrupted\n"
        "anywhere: the same command goes on with the devices that have not been reached, and makes another root\n"
        "only when there are none. Asks before it makes one.");
    again->callback([&tool] { tool.action = [&tool] { return renew(tool); }; });
    auto* read = command->add_subcommand("show", "what it is called, how long it is valid, its certificate");
    read->callback([&tool] { tool.action = [&tool] { return show(tool); }; });
}

} // namespace ocfsecd::obt
