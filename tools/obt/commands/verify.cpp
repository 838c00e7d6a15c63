// `ocf-obt verify`: is the device what was saved of it?

#include "tools/obt/commands/commands.h"
#include "tools/obt/comparison.h"
#include "tools/obt/exchange.h"
#include "tools/obt/reach.h"
#include "tools/obt/revoked_certificates.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

Statements ask(Session& session) {
    const auto acl = readResource(session, href::acl2);
    return {readDoxm(session), readPstat(session), readCred(session),
            acl ? parseRowner(*acl) : Result<Uuid>{acl.failure()}};
}

Result<Certification> certificationOf(const Home& home, const Uuid& device) {
    auto issued = IssuedCertificates{home.subjectsDirectory()}.of(device);
    if (!issued)
        return issued.failure();
    const auto authority = Authority::open(home.directory());
    if (!authority && authority.failure().reason != Reason::stateMissing)
        return authority.failure();
    return Certification{*std::move(issued), authority ? std::optional{authority->root()} : std::nullopt};
}

Result<Exit> run(Tool& tool, const std::string& target) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    auto reached = Reach{tool}.session(target);
    if (!reached)
        return reached.failure();
    auto& subject = reached->subject;
    const auto kept = certificationOf(**home, subject.device);
    if (!kept)
        return kept.failure();
    const auto said = ask(*reached->session);
    const auto by = judgementOf((*home)->directory(), svr::SystemWallClock{}.now());
    if (!by)
        return by.failure();
    auto rows = compare(subject, (*home)->identity().uuid, said);
    std::ranges::move(compareCertificates(*kept, said.cred, *by), std::back_inserter(rows));
    const auto verdict = overall(rows);
    if (verdict == Verdict::same && reached->credential &&
        (!subject.finished || !subject.credentials[*reached->credential].proven)) {
        // An onboarding or replacement whose end was not seen: now it is.
        const auto& key = *subject.credentials[*reached->credential].key;
        const auto saved = tool.subjects()->update(subject.device, [&](Subject& known) {
            known.finished = true;
            known.keepProven(key);
        });
        if (!saved)
            return saved.failure();
    }
    std::vector<std::vector<std::string>> lines{{"PROPERTY", "SAVED", "DEVICE", "VERDICT"}};
    Json json = Json::array();
    for (const auto& row : rows) {
        lines.push_back({row.property, row.saved, row.device, std::string{nameOf(row.verdict)}});
        json.push_back({{"property", row.property},
                        {"saved", row.saved},
                        {"device", row.device},
                        {"same", row.verdict == Verdict::same},
                        {"readable", row.verdict != Verdict::unreadable}});
    }
    const bool same = verdict == Verdict::same;
    const auto next = tool.suggestion(nextOf(rows));
    tool.print(fmt::format("{}{} is {}as saved.{}", table(lines), subject.device.text(), same ? "" : "NOT ",
                           next.empty() ? "" : " next: " + next),
               Json{{"deviceuuid", subject.device.text()},
                    {"same", same},
                    {"properties", std::move(json)},
                    {"certificate", kept->issued ? certificateJson(kept->issued->certificate, *by) : Json{}},
                    {"next", next}});
    return same ? Exit::done : Exit::differs;
}

} // namespace

void addVerify(CLI::App& app, Tool& tool) {
    auto* command =
        app.add_subcommand("verify", "compare a device's doxm, pstat, cred and acl2 with what is saved of it");
    auto target = std::make_shared<std::string>();
    addSession(*command, tool, *target);
    command->footer(
        "A CMS or AMS may not read every resource: what it may not read is shown as such and is no difference.\n"
        "With a certificate authority here: also its certificates and whether they are still valid.");
    command->callback([&tool, target] { tool.action = [&tool, target] { return run(tool, *target); }; });
}

} // namespace ocfsecd::obt
