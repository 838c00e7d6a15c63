// `ocfctl credentials`, `check` and `events`: what a device knows and would decide.

#include "tools/common/json_text.h"
#include "tools/common/shown.h"
#include "tools/ocfctl/commands/act.h"
#include "tools/ocfctl/render.h"

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace ocfsecd::ctl {

namespace {

struct Question {
    std::string device, subject, href, operation;
};

std::string dateOf(std::int64_t seconds) {
    return fmt::format("{:%FT%TZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

nlohmann::json jsonOf(const dbus::CredentialView& credential) {
    nlohmann::json out{{"credid", credential.credid},
                       {"subject", credential.subject},
                       {"type", credential.type},
                       {"usage", credential.usage},
                       {"origin", credential.origin},
                       {"sealed", credential.sealed},
                       {"role", nullptr},
                       {"certificate", ctl::jsonOf(credential.certificate)}};
    if (!credential.role.empty())
        out["role"] = credential.role;
    return out;
}

std::string textOf(const dbus::CredentialView& credential) {
    auto out =
        fmt::format("{:>6}  {:<36}  type {:<3}  {}, {}", credential.credid, cli::shown(credential.subject),
                    credential.type, cli::shown(credential.origin), credential.sealed ? "sealed" : "no key in the TPM");
    if (!credential.usage.empty())
        out += fmt::format(", {}", cli::shown(credential.usage));
    if (!credential.role.empty())
        out += fmt::format(", role \"{}\"", cli::shown(credential.role));
    if (credential.certificate)
        out += fmt::format("\n        certificate \"{}\", until {}", cli::shown(credential.certificate->subject),
                           dateOf(credential.certificate->notAfter));
    return out;
}

nlohmann::json jsonOf(const dbus::EventView& event) {
    return {{"aeid", event.aeid}, {"category", event.category}, {"priority", event.priority},
            {"time", event.time}, {"message", event.message},   {"auxiliary", event.auxiliary}};
}

std::string textOf(const dbus::EventView& event) {
    return fmt::format("{}  {:<8}  {}  {}", dateOf(event.time), cli::shown(event.aeid), cli::shown(event.message),
                       cli::shown(fmt::format("{}", fmt::join(event.auxiliary, ", "))));
}

template <class View>
Result<Exit> list(const Tool& tool, const std::string& wanted, const char* member,
                  Result<std::vector<View>> (DaemonProxy::*ask)(unsigned)) {
    auto reached = reach(tool, wanted);
    if (!reached)
        return reached.failure();
    const auto views = (reached->daemon.*ask)(reached->index);
    if (!views)
        return views.failure();
    if (tool.json) {
        auto entries = nlohmann::json::array();
        for (const auto& view : *views)
            entries.push_back(jsonOf(view));
        fmt::print("{}\n", cli::jsonText(nlohmann::json{{"device", reached->index}, {member, entries}}));
        return Exit::done;
    }
    for (const auto& view : *views)
        fmt::print("{}\n", textOf(view));
    return Exit::done;
}

Result<Exit> check(const Tool& tool, const Question& question) {
    auto reached = reach(tool, question.device);
    if (!reached)
        return reached.failure();
    const auto answer =
        reached->daemon.checkAccess(reached->index, question.subject, question.href, question.operation);
    if (!answer)
        return answer.failure();
    if (tool.json)
        fmt::print("{}\n", cli::jsonText(nlohmann::json{
                               {"device", reached->index}, {"allowed", answer->allowed}, {"reason", answer->reason}}));
    else
        fmt::print("{}: {}\n", answer->allowed ? "allowed" : "denied", cli::shown(answer->reason));
    return answer->allowed ? Exit::done : Exit::denied;
}

} // namespace

void addRecords(CLI::App& app, Tool& tool) {
    auto asked = std::make_shared<Question>();
    const auto add = [&](const char* name, const char* help) {
        auto* command = app.add_subcommand(name, help);
        command->add_option("--device", asked->device, "number or UUID; may be left out when there is one");
        return command;
    };
    add("credentials", "List a device's credentials, without their secrets (root)")->callback([&tool, asked] {
        tool.action = [&tool, asked] {
            return list<dbus::CredentialView>(tool, asked->device, "credentials", &DaemonProxy::credentials);
        };
    });
    add("events", "List a device's auditable events, oldest first (root)")->callback([&tool, asked] {
        tool.action = [&tool, asked] {
            return list<dbus::EventView>(tool, asked->device, "events", &DaemonProxy::events);
        };
    });
    auto* question = add("check", "Tell what a device would decide about a request, and why (root)");
    question->add_option("SUBJECT", asked->subject, "UUID of a peer, or anon-clear")->required();
    question->add_option("HREF", asked->href, "the resource, such as /oic/sec/cred")->required();
    question->add_option("OPERATION", asked->operation, "create, retrieve, update, delete or notify")->required();
    question->callback([&tool, asked] { tool.action = [&tool, asked] { return check(tool, *asked); }; });
}

} // namespace ocfsecd::ctl
