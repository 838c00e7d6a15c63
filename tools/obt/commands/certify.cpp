// `ocf-obt certify`: an identity certificate for a device.

#include "tools/obt/certify.h"
#include "tools/obt/commands/certificates.h"
#include "tools/obt/issued.h"
#include "tools/obt/own_certificate.h"
#include "tools/obt/publish.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

struct Arguments {
    std::string target;
    int days = static_cast<int>(kIdentityLifetime.count());
};

/// A key whose certificate was revoked may be in other hands.
Result<void> checkNotRevoked(const EndEntity& subject, const Authority& authority, const std::optional<KeptList>& list,
                             svr::WallTime now) {
    if (!list)
        return {};
    const auto issued = authority.issuedTo(subject.uuid, now);
    if (!issued)
        return issued.failure();
    for (const auto& each : *issued)
        if (each.key == subject.key && list->list.lists(each.serial))
            return Failure{
                Reason::precondition,
                fmt::format("{} asks with a key whose certificate was revoked; it gets no other", subject.uuid.text()),
                "ocf-obt reset TARGET, so that it makes a key of its own again; then own and certify it"};
    return {};
}

/// What the CA has revoked, the device shall know before it believes anybody. Says how that went.
Result<bool> tellRevoked(Tool& tool, const Authority& authority, const std::optional<KeptList>& list,
                         Reached& reached) {
    if (!list)
        return false;
    tool.begin("writing the list of revoked certificates");
    const auto done = Publisher{tool, authority, *list}.to(*reached.session, reached.subject);
    return done ? Result<bool>{true} : Result<bool>{done.failure()};
}

Result<Exit> run(Tool& tool, const Arguments& arguments) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    tool.target = arguments.target;
    const auto now = svr::SystemWallClock{}.now();
    const auto authority = Authority::openUsable((*home)->directory(), now);
    if (!authority)
        return authority.failure();
    const auto revoked = RevokedCertificates{(*home)->directory()}.list(authority->root());
    if (!revoked)
        return revoked.failure();
    auto reached = Reach{tool}.session(arguments.target);
    if (!reached)
        return reached.failure();
    const auto device = reached->subject.device;
    IssuedCertificates issued{(*home)->subjectsDirectory()};
    std::optional<OwnCertificate> own;
    const auto issue = [&](const EndEntity& subject) -> Result<svr::Certificate> {
        if (auto unique = issued.checkKey(subject.key, device); !unique)
            return unique.failure();
        if (auto fine = checkNotRevoked(subject, *authority, *revoked, now); !fine)
            return fine.failure();
        // Not before the request is judged: a refused one leaves nothing here.
        auto obtained = OwnCertificate::obtain(**home, now, tool.random());
        if (!obtained)
            return obtained.failure();
        own = *std::move(obtained);
        if (subject.key == own->certificate().key)
            return Failure{Reason::precondition, device.text() + " asks with the key of this tool", ""};
        return authority->certify(subject, now, std::chrono::days{arguments.days}, tool.random());
    };
    const auto open = [&](Peer& peer) { return peer.openWithCertificate(own->shown(), own->judgeOf(device, now)); };
    const CertifyPlan plan{(*home)->identity().uuid, device, authority->root(), issue, open};
    const auto done =
        certify(*reached->peer, *reached->session, plan, [&](std::string_view step) { tool.begin(step); });
    if (!done)
        return done.failure();
    if (auto kept = issued.keep(device, {done->certificate, authority->root()}); !kept)
        return kept.failure();
    const auto told = tellRevoked(tool, *authority, *revoked, *reached);
    const auto until = svr::dateOf(done->certificate.notAfter);
    auto text = fmt::format("{} has an identity certificate, valid until {}.\nProven: a session in which both sides "
                            "showed theirs.",
                            device.text(), until);
    if (done->replaced != 0)
        text += fmt::format("\nOlder ones removed: {}", done->replaced);
    if (done->leftover)
        text += "\nAn older one is still there: " + done->leftover->what;
    if (!told)
        text += fmt::format("\nIt does not know yet what is revoked: {}\nnext: {}", told.failure().what,
                            tool.suggestion(told.failure().next.empty() ? "ocf-obt crl publish" : told.failure().next));
    tool.print(text, Json{{"deviceuuid", device.text()},
                          {"serial", toHex(done->certificate.serial)},
                          {"notafter", until},
                          {"proven", true},
                          {"replaced", done->replaced},
                          {"leftover", done->leftover ? done->leftover->what : ""},
                          {"crl", told ? "" : told.failure().what},
                          {"certificate", svr::toPem(done->certificate.der)}});
    return Exit::done;
}

} // namespace

void addCertify(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand("certify", "as CMS: give a device an identity certificate of this home's CA");
    auto arguments = makeArguments<Arguments>();
    addSession(*command, tool, arguments->target);
    command->add_option("--days", arguments->days, "how long it is valid, at most as long as the CA")
        ->check(CLI::Range(1, kMaxDays))
        ->capture_default_str();
    command->footer(
        "The device's certificate request has to be for its own UUID, signed by its key, on P-256, and with a\n"
        "key no other device has. Root and certificate are written together; a session with certificates\n"
        "on both sides proves them, else they are taken back. Again: renews it.\n"
        "Before: ocf-obt ca create");
    command->callback([&tool, arguments] { tool.action = [&tool, arguments] { return run(tool, *arguments); }; });
}

} // namespace ocfsecd::obt
