// `ocf-obt list`: the devices this identity has credentials for. Metadata only: no key ever.

#include "tools/obt/commands/commands.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

std::string rolesOf(const Subject& subject, const Uuid& self) {
    std::string out;
    for (const auto& [name, owner] :
         {std::pair{"DOTS", subject.rowners.doxm}, {"CMS", subject.rowners.cred}, {"AMS", subject.rowners.acl2}})
        if (owner == self)
            out += (out.empty() ? "" : " ") + std::string{name};
    return out.empty() ? "-" : out;
}

/// As an entry of `creds`: key data is never there, as in a device's own answer (facts 2.4).
Json entryOf(const Credential& credential, const Uuid& subjectUuid) {
    return {{"credtype", 1},
            {"subjectuuid", subjectUuid.text()},
            {"privatedata", {{"encoding", "oic.sec.encoding.raw"}, {"data", ""}}},
            {"origin", std::string{nameOf(credential.origin)}},
            {"proven", credential.proven}};
}

Json toJson(const std::vector<Subject>& all, const Identity& identity) {
    Json subjects = Json::array();
    Json own = Json::array();
    for (const auto& subject : all) {
        Json mirrored = Json::array();
        for (const auto& credential : subject.credentials) {
            mirrored.push_back(entryOf(credential, identity.uuid)); // the device's entry: its subject is this tool
            own.push_back(entryOf(credential, subject.device));     // the tool's entry: its subject is the device
        }
        Json endpoints = Json::array();
        for (const auto& endpoint : subject.endpoints)
            endpoints.push_back(endpoint.text());
        Json entry{{"deviceuuid", subject.device.text()},
                   {"name", subject.name},
                   {"devowneruuid", subject.owner.text()},
                   {"roles", rolesOf(subject, identity.uuid)},
                   {"rowneruuid",
                    {{"doxm", subject.rowners.doxm.text()},
                     {"pstat", subject.rowners.pstat.text()},
                     {"cred", subject.rowners.cred.text()},
                     {"acl2", subject.rowners.acl2.text()}}},
                   {"finished", subject.finished},
                   {"endpoints", std::move(endpoints)}};
        if (subject.ownedBy(identity.uuid))
            entry["href"] = subject.href();
        entry["creds"] = std::move(mirrored);
        subjects.push_back(std::move(entry));
    }
    return {{"uuid", identity.uuid.text()},
            {"subjects", std::move(subjects)},
            {"cred", {{"href", "/oic/sec/cred"}, {"creds", std::move(own)}}}};
}

std::string credentialText(const Subject& subject) {
    const auto& newest = subject.credentials.front();
    return fmt::format("{}{}", nameOf(newest.origin), newest.proven ? "" : " (not proven)");
}

Result<Exit> run(Tool& tool) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    const auto& identity = (*home)->identity();
    const auto all = tool.subjects()->all();
    if (!all)
        return all.failure();
    std::vector<std::vector<std::string>> rows{{"DEVICE", "NAME", "ROLES HERE", "CREDENTIAL", "ONBOARDING"}};
    for (const auto& subject : *all)
        rows.push_back({subject.device.text(), subject.name.empty() ? "-" : subject.name,
                        rolesOf(subject, identity.uuid), credentialText(subject),
                        subject.finished ? "finished" : "not seen to its end: ocf-obt verify"});
    tool.print(fmt::format("This is {}.\n{}", identity.uuid.text(),
                           all->empty() ? "No devices. next: ocf-obt discover" : "\n" + table(rows)),
               toJson(*all, identity));
    return Exit::done;
}

} // namespace

void addList(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("list", "the devices known here and the credentials for them (never keys)");
    command->footer("With --json each owned device has its subject, addressed /oic/svc/dots/subjects/<uuid>/cred, and\n"
                    "\"cred\" is this tool's own /oic/sec/cred with the device as subjectuuid.");
    command->callback([&tool] { tool.action = [&tool] { return run(tool); }; });
}

} // namespace ocfsecd::obt
