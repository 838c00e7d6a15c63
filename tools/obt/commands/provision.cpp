// `ocf-obt provision`: credentials (a CMS's duty) and access rules (an AMS's).

#include "tools/obt/commands/commands.h"
#include "tools/obt/exchange.h"
#include "tools/obt/permission.h"
#include "tools/obt/private_file.h"
#include "tools/obt/rotate.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

Result<Exit> pairwise(Tool& tool, const std::string& firstTarget, const std::string& secondTarget) {
    Reach reach{tool};
    auto first = reach.session(firstTarget);
    if (!first)
        return first.failure();
    auto second = reach.session(secondTarget);
    if (!second)
        return second.failure();
    const auto one = first->subject.device, two = second->subject.device;
    if (one == two)
        return Failure{Reason::usage, "both are the same device", ""};
    tool.begin("writing the pair's key");
    if (auto done = provisionPair(*first->session, one, *second->session, two, tool.random()); !done)
        return done.failure();
    tool.print(fmt::format("{} and {} share a key now; no copy is kept here.", one.text(), two.text()),
               Json{{"devices", {one.text(), two.text()}}});
    return Exit::done;
}

struct AceArguments {
    std::string target;
    std::string subject;
    std::vector<std::string> hrefs;
    std::string wildcard;
    std::string permission;
};

Result<AceEntry> aceOf(const AceArguments& arguments) {
    AceEntry entry;
    if (arguments.subject == "auth-crypt" || arguments.subject == "anon-clear")
        entry.conntype = arguments.subject;
    else if (const auto uuid = Uuid::parse(arguments.subject); uuid && !uuid->isNil())
        entry.uuid = uuid->text();
    else
        return Failure{Reason::usage,
                       fmt::format("--subject \"{}\" is no UUID, auth-crypt or anon-clear", arguments.subject), ""};
    for (const auto& path : arguments.hrefs)
        if (!path.starts_with('/'))
            return Failure{Reason::usage, fmt::format("--href \"{}\" does not begin with /", path), ""};
    if (arguments.hrefs.empty() && arguments.wildcard.empty())
        return Failure{Reason::usage, "the rule names no resource", "add --href or --wildcard"};
    const auto permission = parsePermission(arguments.permission);
    if (!permission)
        return Failure{Reason::usage,
                       fmt::format("--permission \"{}\": letters of CRUDN, or 0 … 31", arguments.permission), ""};
    entry.hrefs = arguments.hrefs;
    entry.wildcard = arguments.wildcard;
    entry.permission = *permission;
    return entry;
}

Result<Exit> ace(Tool& tool, const AceArguments& arguments) {
    const auto entry = aceOf(arguments);
    if (!entry)
        return entry.failure();
    auto reached = Reach{tool}.session(arguments.target);
    if (!reached)
        return reached.failure();
    auto& session = *reached->session;
    if (auto done = whileProvisioning(session, [&] { return change(session, postAces({*entry})); }); !done)
        return done.failure();
    tool.print(fmt::format("{}: {} may {} on {}{}.", reached->subject.device.text(), arguments.subject,
                           permissionText(entry->permission), fmt::join(entry->hrefs, " "), entry->wildcard),
               Json{{"deviceuuid", reached->subject.device.text()},
                    {"subject", arguments.subject},
                    {"hrefs", entry->hrefs},
                    {"wildcard", entry->wildcard},
                    {"permission", entry->permission}});
    return Exit::done;
}

struct HandoverArguments {
    std::string target;
    std::string recipient;
    std::string file;
};

Result<Exit> handover(Tool& tool, const HandoverArguments& arguments) {
    const auto recipient = Uuid::parse(arguments.recipient);
    if (!recipient || recipient->isNil())
        return Failure{Reason::usage, fmt::format("--for wants a UUID, not \"{}\"", arguments.recipient), ""};
    auto reached = Reach{tool}.session(arguments.target);
    if (!reached)
        return reached.failure();
    const auto& subject = reached->subject;
    const auto key = makeKey(tool.random());
    // The file first: a key on the device that nobody has would lock its manager out.
    if (auto written =
            createPrivateFile(arguments.file, encodeHandover({*recipient, subject.device, subject.name, subject.owner,
                                                              subject.rowners, subject.endpoints, key}));
        !written)
        return written.failure();
    tool.begin("writing the credential");
    if (const auto [done, mayHold] = provisionKey(*reached->session, *recipient, key); !done) {
        if (mayHold)
            return Failure{
                done.failure().reason,
                fmt::format("{}; the device may have taken the key, {} is kept", done.failure().what, arguments.file),
                fmt::format("ocf-obt --home ITS-HOME accept {}", arguments.file)};
        static_cast<void>(removePrivateFile(arguments.file)); // its key opens nothing
        return done.failure();
    }
    tool.print(fmt::format("{}: {} has a credential; the key is in {} and nowhere else here.\nnext: ocf-obt --home "
                           "ITS-HOME accept {}",
                           subject.device.text(), recipient->text(), arguments.file, arguments.file),
               Json{{"deviceuuid", subject.device.text()}, {"for", recipient->text()}, {"file", arguments.file}});
    return Exit::done;
}

Result<Exit> rotate(Tool& tool, const std::string& target) {
    auto reached = Reach{tool}.session(target);
    if (!reached)
        return reached.failure();
    const auto device = reached->subject.device;
    if (auto done = rotateKey(tool, std::move(*reached)); !done)
        return done.failure();
    tool.print(fmt::format("{}: the key of this tool was replaced; the new one is proven.", device.text()),
               Json{{"deviceuuid", device.text()}, {"replaced", true}});
    return Exit::done;
}

void addPairwise(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("pairwise", "give two devices a key for each other");
    auto targets = std::make_shared<std::pair<std::string, std::string>>();
    command->add_option("DEVICE1", targets->first, std::string{kTargetHelp})->required();
    command->add_option("DEVICE2", targets->second, std::string{kTargetHelp})->required();
    command->callback([&tool, targets] {
        tool.action = [&tool, targets] { return pairwise(tool, targets->first, targets->second); };
    });
}

void addAce(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("ace", "add an access rule");
    auto arguments = makeArguments<AceArguments>();
    addTarget(*command, arguments->target);
    command
        ->add_option("--subject", arguments->subject,
                     "UUID of a device or tool; auth-crypt: any authenticated one; "
                     "anon-clear: anybody")
        ->required();
    command->add_option("--href", arguments->hrefs, "resource; may be repeated")->allow_extra_args(false);
    command
        ->add_option("--wildcard", arguments->wildcard,
                     "* all resources but configuration, + those with a secure endpoint, - those with a clear one")
        ->check(CLI::IsMember({"*", "+", "-"}));
    command->add_option("--permission", arguments->permission, "letters of CRUDN: create, read, update, delete, notify")
        ->required();
    command->callback([&tool, arguments] { tool.action = [&tool, arguments] { return ace(tool, *arguments); }; });
}

void addHandover(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("handover", "as CMS: give another manager a credential on a device, by a file");
    auto arguments = makeArguments<HandoverArguments>();
    addTarget(*command, arguments->target);
    command->add_option("--for", arguments->recipient, "UUID of the other tool (ocf-obt whoami there)")->required();
    command->add_option("--file", arguments->file, "new file, mode 0600; taken in with: ocf-obt accept FILE")
        ->required();
    command->footer(
        "The key is made here, written to the device and to the file, and not kept. Hand the file over as you\n"
        "would a key; the recipient's \"accept\" removes it.");
    command->callback([&tool, arguments] { tool.action = [&tool, arguments] { return handover(tool, *arguments); }; });
}

void addRotate(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("rotate", "as CMS: replace this tool's own key on a device by a new one");
    auto target = std::make_shared<std::string>();
    addTarget(*command, *target);
    command->callback([&tool, target] { tool.action = [&tool, target] { return rotate(tool, *target); }; });
}

} // namespace

void addProvision(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("provision", "write credentials (as CMS) and access rules (as AMS)");
    command->require_subcommand(1);
    command->footer("An operational device (RFNOP) is taken to RFPRO for the change and back.");
    addPairwise(*command, tool);
    addAce(*command, tool);
    addHandover(*command, tool);
    addRotate(*command, tool);
}

} // namespace ocfsecd::obt
