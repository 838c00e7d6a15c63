// `ocf-obt list`: the devices this identity has credentials for. Metadata only: no key ever.

#include "tools/obt/certificate_standing.h"
#include "tools/obt/commands/commands.h"
#include "tools/obt/issued.h"
#include "tools/obt/revoked_certificates.h"

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

/// The certificates issued here, beside the subjects they are for.
using Issued = std::vector<std::optional<IssuedCertificate>>;

Result<Issued> issuedTo(const std::vector<Subject>& all, const Home& home) {
    const IssuedCertificates kept{home.subjectsDirectory()};
    Issued out;
    for (const auto& subject : all) {
        auto issued = kept.of(subject.device);
        if (!issued)
            return issued.failure();
        out.push_back(*std::move(issued));
    }
    return out;
}

std::string certificatesText(const std::vector<Subject>& all, const Issued& issued, const Judgement& by) {
    std::vector<std::vector<std::string>> rows{{"DEVICE", "CERTIFICATE OF", "SERIAL NUMBER", "VALID"}};
    for (std::size_t i = 0; i < all.size(); ++i)
        if (issued[i])
            rows.push_back({all[i].device.text(), svr::issuerNameOf(issued[i]->certificate),
                            toHex(issued[i]->certificate.serial), validityText(issued[i]->certificate, by)});
    return rows.size() == 1 ? "" : "\n" + table(rows);
}

Json toJson(const std::vector<Subject>& all, const Issued& issued, const Judgement& by, const Identity& identity) {
    Json subjects = Json::array();
    Json own = Json::array();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& subject = all[i];
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
        entry["certificate"] = issued[i] ? certificateJson(issued[i]->certificate, by) : Json{};
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
    const auto issued = issuedTo(*all, **home);
    if (!issued)
        return issued.failure();
    const auto by = judgementOf((*home)->directory(), svr::SystemWallClock{}.now());
    if (!by)
        return by.failure();
    std::vector<std::vector<std::string>> rows{{"DEVICE", "NAME", "ROLES HERE", "CREDENTIAL", "ONBOARDING"}};
    for (const auto& subject : *all)
        rows.push_back({subject.device.text(), subject.name.empty() ? "-" : subject.name,
                        rolesOf(subject, identity.uuid), credentialText(subject),
                        subject.finished ? "finished" : "not seen to its end: ocf-obt verify"});
    tool.print(fmt::format("This is {}.\n{}", identity.uuid.text(),
                           all->empty() ? "No devices. next: ocf-obt discover"
                                        : "\n" + table(rows) + certificatesText(*all, *issued, *by)),
               toJson(*all, *issued, *by, identity));
    return Exit::done;
}

} // namespace

void addList(CLI::App& app, Tool& tool) {
    auto* command =
        app.add_subcommand("list", "the devices known here, the credentials for them, their certificates (never keys)");
    command->footer("With --json each owned device has its subject, addressed /oic/svc/dots/subjects/<uuid>/cred, and\n"
                    "\"cred\" is this tool's own /oic/sec/cred with the device as subjectuuid.");
    command->callback([&tool] { tool.action = [&tool] { return run(tool); }; });
}

} // namespace ocfsecd::obt
