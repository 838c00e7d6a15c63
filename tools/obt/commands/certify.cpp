// `ocf-obt certify`: an identity certificate for a device.

#include "svr/certificate_profile.h"
#include "tools/obt/certificate_request.h"
#include "tools/obt/certify_device.h"
#include "tools/obt/commands/certificates.h"
#include "tools/obt/issued.h"
#include "tools/obt/public_file.h"
#include "tools/obt/revoked_certificates.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

struct Arguments {
    std::string target, request;
    int days = static_cast<int>(kIdentityLifetime.count());
};

Failure usage(std::string what) {
    return {Reason::usage, std::move(what), "ocf-obt certify --help"};
}

/// Who asks by a file has nobody who vouches for the key but whoever brings it.
Result<svr::Certificate> issueFor(Tool& tool, const OpenCa& ca, const EndEntity& subject, std::chrono::days days) {
    const auto& [home, now, authority] = ca;
    if (subject.uuid == home.identity().uuid)
        return usage("the request is this home's own, whose identity is certified without");
    if (const auto known = tool.subjects()->load(subject.uuid); known || known.failure().reason != Reason::notFound)
        return known ? Failure{Reason::precondition, subject.uuid.text() + " is a device, which is asked itself",
                               "ocf-obt certify " + subject.uuid.text()}
                     : known.failure();
    const auto revoked = RevokedCertificates{home.directory()}.list(authority.root());
    if (!revoked)
        return revoked.failure();
    if (auto fine = checkNotRevoked(subject, authority, *revoked, now); !fine)
        return fine.failure();
    if (auto unique = IssuedCertificates{home.subjectsDirectory()}.checkKey(subject.key, subject.uuid); !unique)
        return unique.failure();
    if (auto unique = authority.checkKey(subject, now); !unique)
        return unique.failure();
    return authority.certify(subject, now, days, tool.random());
}

Result<Exit> certifyRequest(Tool& tool, const Arguments& arguments) {
    const auto ca = openCa(tool);
    if (!ca)
        return ca.failure();
    const auto pem = readPublicFile(arguments.request, kMaxRequestText);
    if (!pem)
        return usage(pem.failure().what);
    const auto subject = readCertificateRequest(*pem);
    if (!subject)
        return subject.failure();
    const auto made = issueFor(tool, *ca, *subject, std::chrono::days{arguments.days});
    if (!made)
        return made.failure();
    const auto out =
        svr::toPem(made->der) + svr::toPem(ca->authority.root().der); // what `accept` takes, and nothing else
    tool.print(out, Json{{"uuid", subject->uuid.text()},
                         {"serial", toHex(made->serial)},
                         {"notafter", svr::dateOf(made->notAfter)},
                         {"certificate", out}});
    return Exit::done;
}

Result<Exit> run(Tool& tool, const Arguments& arguments) {
    if (arguments.target.empty() == arguments.request.empty())
        return usage("either a device or --request says who gets a certificate");
    if (!arguments.request.empty())
        return certifyRequest(tool, arguments);
    tool.target = arguments.target;
    const auto ca = openCa(tool);
    if (!ca)
        return ca.failure();
    const auto certified =
        certifyDevice(tool, ca->authority, arguments.target, std::chrono::days{arguments.days}, ca->now);
    if (!certified)
        return certified.failure();
    const auto& [device, done, told] = *certified;
    const auto until = svr::dateOf(done.certificate.notAfter);
    auto text = fmt::format("{} has an identity certificate, valid until {}.\nProven: a session in which both sides "
                            "showed theirs.",
                            device.text(), until);
    if (done.replaced != 0)
        text += fmt::format("\nOlder ones removed: {}", done.replaced);
    if (done.leftover)
        text += "\nAn older one is still there: " + done.leftover->what;
    if (!told)
        text += fmt::format("\nIt does not know yet what is revoked: {}\nnext: {}", told.failure().what,
                            tool.suggestion(told.failure().next.empty() ? "ocf-obt crl publish" : told.failure().next));
    tool.print(text, Json{{"deviceuuid", device.text()},
                          {"serial", toHex(done.certificate.serial)},
                          {"notafter", until},
                          {"proven", true},
                          {"replaced", done.replaced},
                          {"leftover", done.leftover ? done.leftover->what : ""},
                          {"crl", told ? "" : told.failure().what},
                          {"certificate", svr::toPem(done.certificate.der)}});
    return Exit::done;
}

} // namespace

void addCertify(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand(
        "certify", "as CMS: an identity certificate of this home's CA for a device or another identity");
    auto arguments = makeArguments<Arguments>();
    command->add_option("TARGET", arguments->target, std::string{kTargetHelp});
    command->add_option("--request", arguments->request,
                        "instead: the file of an identity's request (ocf-obt request), or - for standard input");
    addSessionOptions(*command, tool);
    command->add_option("--days", arguments->days, "how long it is valid, at most as long as the CA")
        ->check(CLI::Range(1, kMaxDays))
        ->capture_default_str();
    command->footer(
        "The device's certificate request has to be for its own UUID, signed by its key, on P-256, and with a\n"
        "key no other device has. Root and certificate are written together; a session with certificates\n"
        "on both sides proves them, else they are taken back. Again: renews it.\n"
        "Of --request, certificate and root are written to standard output, for \"accept\" over there. Nobody but\n"
        "who brings the file vouches for it.\n"
        "Before: ocf-obt ca create");
    command->callback([&tool, arguments] { tool.action = [&tool, arguments] { return run(tool, *arguments); }; });
}

} // namespace ocfsecd::obt
