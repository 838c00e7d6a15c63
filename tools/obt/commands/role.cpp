// `ocf-obt role`: role certificates of this home's CA.

#include "tools/obt/commands/certificates.h"
#include "tools/obt/commands/not_empty.h"
#include "tools/obt/grant_role.h"
#include "tools/obt/issued.h"
#include "tools/obt/own_certificate.h"
#include "tools/obt/own_roles.h"
#include "tools/obt/reach.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

struct Arguments {
    std::string target;
    std::string role, authority;
    int days = static_cast<int>(kIdentityLifetime.count());

    svr::RoleId id() const { return {role, authority.empty() ? std::nullopt : std::optional{authority}}; }
};

Exit tell(Tool& tool, const Uuid& holder, const Arguments& arguments, const svr::Certificate& certificate,
          const std::string& next) {
    const auto until = svr::dateOf(certificate.notAfter);
    tool.print(fmt::format("{} has the role {}{}, valid until {}.{}", holder.text(), arguments.role,
                           arguments.authority.empty() ? "" : " of " + arguments.authority, until,
                           next.empty() ? "" : "\nnext: " + next),
               Json{{"holder", holder.text()},
                    {"role", arguments.role},
                    {"authority", arguments.authority},
                    {"serial", toHex(certificate.serial)},
                    {"notafter", until},
                    {"certificate", svr::toPem(certificate.der)}});
    return Exit::done;
}

Result<Exit> self(Tool& tool, const Arguments& arguments) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    const auto now = svr::SystemWallClock{}.now();
    const auto authority = Authority::open((*home)->directory());
    if (!authority)
        return authority.failure();
    const auto own = OwnCertificate::obtain(**home, now, tool.random());
    if (!own)
        return own.failure();
    const auto uuid = (*home)->identity().uuid;
    const auto certificate = authority->certifyRole({uuid, *own->certificate().key}, arguments.id(), now,
                                                    std::chrono::days{arguments.days}, tool.random());
    if (!certificate)
        return certificate.failure();
    if (auto kept = OwnRoles{(*home)->directory()}.add(*certificate); !kept)
        return kept.failure();
    return tell(tool, uuid, arguments, *certificate,
                tool.suggestion("ocf-obt get --as-role ROLE TARGET HREF, where a rule is for that role"));
}

Result<Exit> issue(Tool& tool, const Arguments& arguments) {
    tool.target = arguments.target;
    const auto ca = openCa(tool);
    if (!ca)
        return ca.failure();
    auto reached = Reach{tool}.session(arguments.target);
    if (!reached)
        return reached.failure();
    const auto device = reached->subject.device;
    const IssuedCertificates issued{ca->home.subjectsDirectory()};
    const GrantPlan plan{{ca->home.identity().uuid, device},
                         ca->authority.root(),
                         [&](const EndEntity& subject) -> Result<svr::Certificate> {
                             if (auto unique = issued.checkKey(subject.key, device); !unique)
                                 return unique.failure();
                             return ca->authority.certifyRole(subject, arguments.id(), ca->now,
                                                              std::chrono::days{arguments.days}, tool.random());
                         }};
    tool.begin("writing the role certificate");
    const auto done = grantRole(*reached->session, plan);
    if (!done)
        return done.failure();
    return tell(tool, device, arguments, *done, "");
}

void addRoleOptions(CLI::App& command, Arguments& arguments) {
    command.add_option("--role", arguments.role, "its name")->required();
    command.add_option("--authority", arguments.authority, "who gives it (default: the name of the CA)")
        ->check(kNotEmpty);
    command.add_option("--days", arguments.days, "how long it is valid, at most as long as the CA")
        ->check(CLI::Range(1, kMaxDays))
        ->capture_default_str();
}

} // namespace

void addRole(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("role", "role certificates of this home's CA");
    command->require_subcommand(1);
    command->footer("What a role may do, say rules: ocf-obt provision ace TARGET --role ROLE …\n"
                    "A role that goes with a key: ocf-obt provision pairwise --role, provision handover --role");
    auto* give = command->add_subcommand("issue", "as CMS: give a device a role");
    auto forDevice = makeArguments<Arguments>();
    addSession(*give, tool, forDevice->target);
    addRoleOptions(*give, *forDevice);
    give->footer("For the key of its certificate request; the device has to trust this CA: ocf-obt certify TARGET");
    give->callback([&tool, forDevice] { tool.action = [&tool, forDevice] { return issue(tool, *forDevice); }; });

    auto* take = command->add_subcommand("self", "give this tool itself a role, asserted with --as-role");
    auto forSelf = makeArguments<Arguments>();
    addRoleOptions(*take, *forSelf);
    take->callback([&tool, forSelf] { tool.action = [&tool, forSelf] { return self(tool, *forSelf); }; });
}

} // namespace ocfsecd::obt
