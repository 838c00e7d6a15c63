// `ocf-obt status`: reachable, authenticated, authorised and owned are four different things (Q37).

#include "tools/obt/certificate_standing.h"
#include "tools/obt/commands/commands.h"
#include "tools/obt/exchange.h"
#include "tools/obt/issued.h"
#include "tools/obt/reach.h"
#include "tools/obt/revoked_certificates.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

struct Finding {
    std::string_view name;
    bool yes = false;
    std::string text;
};

struct Report {
    std::vector<Finding> findings;
    std::string state = "unknown";
    Json certificate;
    std::string next;
    Exit exit = Exit::done;
};

/// May this identity read the resources of its roles?
void authorisation(Session& session, Report& report) {
    std::string readable, refused;
    for (const auto path : {href::doxm, href::pstat, href::cred, href::acl2}) {
        const auto body = readResource(session, path);
        auto& list = body ? readable : refused;
        list += (list.empty() ? "" : " ") + std::string{path.substr(9)};
    }
    report.findings.push_back({"authorised", !readable.empty(),
                               fmt::format("may read {}{}", readable.empty() ? "nothing" : readable,
                                           refused.empty() ? "" : "; may not read " + refused)});
}

void ownership(Session& session, const Subject& subject, const Uuid& self, Report& report) {
    const auto doxm = readDoxm(session);
    if (doxm)
        report.findings.push_back({"owned", doxm->owned,
                                   !doxm->owned ? "no"
                                                : fmt::format("by {}{}", doxm->devowner.text(),
                                                              doxm->devowner == self ? " (this tool)" : "")});
    else
        report.findings.push_back(
            {"owned", true, fmt::format("by {} (as saved; doxm is not readable here)", subject.owner.text())});
    if (const auto pstat = readPstat(session))
        report.state = std::string{stateName(pstat->state)};
}

/// What was issued here; a session does not tell whether the device has it.
void certification(const std::optional<IssuedCertificate>& issued, const Judgement& by, Report& report) {
    report.findings.push_back(
        {"certified", issued && holds(standingOf(issued->certificate, by)),
         issued ? fmt::format("by {}, serial {}, {} (as saved)", svr::issuerNameOf(issued->certificate),
                              toHex(issued->certificate.serial), validityText(issued->certificate, by))
                : "no certificate from here"});
    report.certificate = issued ? certificateJson(issued->certificate, by) : Json{};
}

Result<Report> look(Tool& tool, const std::string& target) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    Reach reach{tool};
    auto subject = reach.subject(target);
    if (!subject)
        return subject.failure();
    const auto issued = IssuedCertificates{(*home)->subjectsDirectory()}.of(subject->device);
    if (!issued)
        return issued.failure();
    const auto by = judgementOf((*home)->directory(), svr::SystemWallClock{}.now());
    if (!by)
        return by.failure();
    Report report;
    tool.begin(fmt::format("looking for {}", subject->device.text()));
    auto there = reach.find(*subject);
    auto opened = reach.open(*there.peer, *subject);
    if (!opened &&
        (exitFor(opened.failure().reason) == Exit::store || exitFor(opened.failure().reason) == Exit::nothingFound))
        return opened.failure(); // it was not tried
    if (!opened && opened.failure().reason == Reason::timedOut) {
        const auto before = subject->endpoints;
        there = reach.find(*subject, true);
        if (subject->endpoints != before)
            opened = reach.open(*there.peer, *subject);
    }
    // An alert or a refused request comes from a device that is there.
    const bool silent = !opened && exitFor(opened.failure().reason) != Exit::authentication;
    const bool reachable = there.answered || !silent;
    report.findings.push_back(
        {"reachable", reachable,
         !reachable       ? opened.failure().what
         : there.stranger ? fmt::format("its address answers as {}: it may have been reset", there.stranger->text())
         : there.answered ? "answers in clear"
                          : "answers DTLS"});
    if (!opened) {
        report.findings.push_back({"authenticated", false, opened.failure().what});
        report.findings.push_back({"authorised", false, "unknown without a session"});
        report.findings.push_back({"owned", false, fmt::format("unknown; saved: by {}", subject->owner.text())});
        certification(*issued, *by, report);
        report.next = opened.failure().next;
        report.exit = exitFor(opened.failure().reason);
        return report;
    }
    report.findings.push_back(
        {"authenticated", true,
         opened->credential
             ? fmt::format("pair-wise key ({}), both sides", nameOf(subject->credentials[*opened->credential].origin))
             : "identity certificates, both sides"});
    authorisation(*opened->session, report);
    ownership(*opened->session, *subject, (*home)->identity().uuid, report);
    certification(*issued, *by, report);
    return report;
}

Result<Exit> run(Tool& tool, const std::string& target) {
    const auto report = look(tool, target);
    if (!report)
        return report.failure();
    std::vector<std::vector<std::string>> rows;
    Json json;
    for (const auto& finding : report->findings) {
        rows.push_back({std::string{finding.name}, finding.yes ? "yes" : "no", finding.text});
        json[finding.name] = {{"yes", finding.yes}, {"text", finding.text}};
    }
    rows.push_back({"state", report->state, ""});
    json["state"] = report->state;
    json["certificate"] = report->certificate;
    const auto next = tool.suggestion(report->next);
    json["next"] = next;
    tool.print(table(rows) + (next.empty() ? "" : "next: " + next), json);
    return report->exit;
}

} // namespace

void addStatus(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("status", "is a device reachable, authenticated, authorised, owned?");
    auto target = std::make_shared<std::string>();
    addSession(*command, tool, *target);
    command->footer("reachable: something answers there. authenticated: a session with this identity's key stands.\n"
                    "authorised: what this identity may read. owned: what the device says about its owner.\n"
                    "certified: whether the certificate this home has issued to it is valid.");
    command->callback([&tool, target] { tool.action = [&tool, target] { return run(tool, *target); }; });
}

} // namespace ocfsecd::obt
