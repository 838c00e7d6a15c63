// `ocf-obt security-domain`: which home a device belongs to, and who may see that (/oic/sec/sdi, facts 2.9).

#include "tools/obt/commands/looking_after.h"
#include "tools/obt/exchange.h"
#include "tools/obt/reach.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

struct Domain {
    Uuid uuid;
    std::string name;
    bool hidden = false;
};

Result<Domain> readDomain(Session& session) {
    const auto body = readResource(session, href::sdi);
    if (!body)
        return body.failure();
    const auto* uuid = body->find("uuid");
    const auto* name = body->find("name");
    const auto* priv = body->find("priv");
    const auto parsed = uuid != nullptr && uuid->text() ? Uuid::parse(*uuid->text()) : std::nullopt;
    if (!parsed || name == nullptr || !name->text() || priv == nullptr || !priv->boolean())
        return Failure{Reason::malformed, "the device's /oic/sec/sdi lacks uuid, name or priv", ""};
    return Domain{*parsed, std::string{*name->text()}, *priv->boolean()};
}

Exit tell(Tool& tool, const Uuid& device, const Domain& domain) {
    tool.print(table({{"device", device.text()},
                      {"security domain", domain.uuid.text()},
                      {"name", domain.name.empty() ? "-" : domain.name},
                      {"seen in /oic/res", domain.hidden ? "no" : "yes"}}),
               Json{{"deviceuuid", device.text()},
                    {"uuid", domain.uuid.text()},
                    {"name", domain.name},
                    {"private", domain.hidden}});
    return Exit::done;
}

Result<Exit> show(Tool& tool, const std::string& target) {
    auto reached = Reach{tool}.session(target);
    if (!reached)
        return reached.failure();
    const auto domain = readDomain(*reached->session);
    if (!domain)
        return withWayOut(domain.failure(), href::sdi);
    return tell(tool, reached->subject.device, *domain);
}

struct SetArguments {
    std::string target;
    std::optional<std::string> name;
    bool hide = false, publish = false;
};

Result<Exit> set(Tool& tool, const SetArguments& arguments) {
    tool.target = arguments.target;
    cbor::Map body;
    if (arguments.name)
        body.emplace_back("name", *arguments.name);
    if (arguments.hide || arguments.publish)
        body.emplace_back("priv", arguments.hide);
    if (body.empty())
        return Failure{Reason::usage, "nothing to set", "add --name, --private or --public"};
    auto reached = Reach{tool}.session(arguments.target);
    if (!reached)
        return reached.failure();
    auto& session = *reached->session;
    auto done = whileProvisioning(session, [&] { return change(session, makePost(href::sdi, std::move(body))); });
    if (!done)
        return Failure{done.failure().reason, done.failure().what,
                       done.failure().reason == Reason::notAuthorised
                           ? "as AMS: ocf-obt provision ace TARGET --subject UUID --href /oic/sec/sdi --permission RU"
                           : done.failure().next};
    const auto domain = readDomain(session);
    if (!domain)
        return domain.failure();
    return tell(tool, reached->subject.device, *domain);
}

} // namespace

void addSecurityDomain(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("security-domain", "name and privacy of a device's security domain");
    command->require_subcommand(1);
    command->footer("Its UUID is set by \"own\" and never changes.");
    auto* read = command->add_subcommand("show", "what the device says");
    auto target = std::make_shared<std::string>();
    addSession(*read, tool, *target);
    read->callback([&tool, target] { tool.action = [&tool, target] { return show(tool, *target); }; });

    auto* write = command->add_subcommand("set", "change it");
    auto arguments = makeArguments<SetArguments>();
    addSession(*write, tool, arguments->target);
    write->add_option("--name", arguments->name, "name for people");
    auto* hide = write->add_flag("--private", arguments->hide, "not shown in /oic/res");
    write->add_flag("--public", arguments->publish, "shown in /oic/res to whoever may read that")->excludes(hide);
    write->callback([&tool, arguments] { tool.action = [&tool, arguments] { return set(tool, *arguments); }; });
}

} // namespace ocfsecd::obt
