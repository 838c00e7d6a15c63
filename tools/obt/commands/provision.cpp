// `ocf-obt provision`: credentials (a CMS's duty) and access rules (an AMS's).

#include "tools/obt/access_rule.h"
#include "tools/obt/commands/commands.h"
#include "tools/obt/commands/not_empty.h"
#include "tools/obt/exchange.h"
#include "tools/obt/permission.h"
#include "tools/obt/private_file.h"
#include "tools/obt/rotate.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

/// A role that goes with a key.
struct KeyRole {
    std::string role, authority;
};

void addKeyRole(CLI::App& command, KeyRole& role, const std::string& whose) {
    command.add_option("--role", role.role, whose)->check(kNotEmpty);
    command.add_option("--authority", role.authority, "who gives that role")->check(kNotEmpty);
}

struct PairArguments {
    std::string first, second;
    KeyRole role;
};

Result<Exit> pairwise(Tool& tool, const PairArguments& arguments) {
    const auto role = readRole(arguments.role.role, arguments.role.authority);
    if (!role)
        return role.failure();
    Reach reach{tool};
    auto first = reach.session(arguments.first);
    if (!first)
        return first.failure();
    auto second = reach.session(arguments.second);
    if (!second)
        return second.failure();
    const auto one = first->subject.device, two = second->subject.device;
    if (one == two)
        return Failure{Reason::usage, "both are the same device", ""};
    tool.begin("writing the pair's key");
    if (auto done = provisionPair(*first->session, one, *second->session, two, tool.random(), *role); !done)
        return done.failure();
    tool.print(fmt::format("{} and {} share a key now; no copy is kept here.", one.text(), two.text()),
               Json{{"devices", {one.text(), two.text()}}, {"role", arguments.role.role}});
    return Exit::done;
}

struct AceArguments {
    std::string target;
    RuleText rule;
};

Result<Exit> ace(Tool& tool, const AceArguments& arguments) {
    const auto entry = readRule(arguments.rule);
    if (!entry)
        return entry.failure();
    auto reached = Reach{tool}.session(arguments.target);
    if (!reached)
        return reached.failure();
    auto& session = *reached->session;
    if (auto done = whileProvisioning(session, [&] { return change(session, postAces({*entry})); }); !done)
        return done.failure();
    const auto validity = entry->validity.value_or(svr::Validity{});
    tool.print(fmt::format("{}: {} may {} on {}{}{}{}.", reached->subject.device.text(), subjectText(*entry),
                           permissionText(entry->permission), fmt::join(entry->hrefs, " "), entry->wildcard,
                           validity.period.empty() ? "" : " in " + validity.period,
                           validity.recurrence.empty()
                               ? ""
                               : fmt::format(", again by {}", fmt::join(validity.recurrence, " and "))),
               Json{{"deviceuuid", reached->subject.device.text()},
                    {"subject", subjectText(*entry)},
                    {"hrefs", entry->hrefs},
                    {"wildcard", entry->wildcard},
                    {"permission", entry->permission},
                    {"valid", validity.period},
                    {"recurrences", validity.recurrence}});
    return Exit::done;
}

struct HandoverArguments {
    std::string target;
    std::string recipient;
    std::string file;
    KeyRole role;
};

Result<Exit> handover(Tool& tool, const HandoverArguments& arguments) {
    const auto recipient = Uuid::parse(arguments.recipient);
    if (!recipient || recipient->isNil())
        return Failure{Reason::usage, fmt::format("--for wants a UUID, not \"{}\"", arguments.recipient), ""};
    const auto role = readRole(arguments.role.role, arguments.role.authority);
    if (!role)
        return role.failure();
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
    if (const auto [done, mayHold] = provisionKey(*reached->session, *recipient, key, *role); !done) {
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
    auto arguments = makeArguments<PairArguments>();
    command->add_option("DEVICE1", arguments->first, std::string{kTargetHelp})->required();
    command->add_option("DEVICE2", arguments->second, std::string{kTargetHelp})->required();
    addSessionOptions(*command, tool);
    addKeyRole(*command, arguments->role, "the role DEVICE2 has at DEVICE1 by this key");
    command->callback([&tool, arguments] { tool.action = [&tool, arguments] { return pairwise(tool, *arguments); }; });
}

void addAce(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("ace", "add an access rule");
    auto arguments = makeArguments<AceArguments>();
    addSession(*command, tool, arguments->target);
    auto& rule = arguments->rule;
    command->add_option("--subject", rule.subject,
                        "UUID of a device or tool; auth-crypt: any authenticated one; anon-clear: anybody");
    command->add_option("--role", rule.role, "instead: whoever has this role (ocf-obt role)");
    command->add_option("--authority", rule.authority, "only if that authority gave the role")->check(kNotEmpty);
    command->add_option("--href", rule.hrefs, "resource; may be repeated")->allow_extra_args(false);
    command
        ->add_option("--wildcard", rule.wildcard,
                     "* all resources but configuration, + those with a secure endpoint, - those with a clear one")
        ->check(CLI::IsMember({"*", "+", "-"}));
    command->add_option("--permission", rule.permission, "letters of CRUDN: create, read, update, delete, notify")
        ->required();
    command
        ->add_option("--valid", rule.valid,
                     "only in this time, UTC: 2026-12-01T08:00:00Z/2026-12-01T18:00:00Z, or …/PT10H; else always")
        ->check(kNotEmpty);
    command
        ->add_option("--recurrence", rule.recurrences,
                     "repeats that time: \"FREQ=WEEKLY;BYDAY=MO,FR\" (RFC 5545); may be repeated")
        ->allow_extra_args(false);
    command->callback([&tool, arguments] { tool.action = [&tool, arguments] { return ace(tool, *arguments); }; });
}

void addHandover(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("handover", "as CMS: give another manager a credential on a device, by a file");
    auto arguments = makeArguments<HandoverArguments>();
    addSession(*command, tool, arguments->target);
    command->add_option("--for", arguments->recipient, "UUID of the other tool (ocf-obt whoami there)")->required();
    command->add_option("--file", arguments->file, "new file, mode 0600; taken in with: ocf-obt accept FILE")
        ->required();
    addKeyRole(*command, arguments->role, "the role it has at the device by this key");
    command->footer(
        "The key is made here, written to the device and to the file, and not kept. Hand the file over as you\n"
        "would a key; the recipient's \"accept\" removes it.");
    command->callback([&tool, arguments] { tool.action = [&tool, arguments] { return handover(tool, *arguments); }; });
}

void addRotate(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("rotate", "as CMS: replace this tool's own key on a device by a new one");
    auto target = std::make_shared<std::string>();
    addSession(*command, tool, *target);
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
