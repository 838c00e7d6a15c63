// `ocf-obt accept`: takes in a hand-over file, whose key a credential manager then replaces, or a certificate.

#include "tools/obt/certificate_standing.h"
#include "tools/obt/commands/commands.h"
#include "tools/obt/own_request.h"
#include "tools/obt/private_file.h"
#include "tools/obt/public_file.h"
#include "tools/obt/rotate.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

/// Octets of the largest file that is taken for certificates.
constexpr std::size_t kMaxFile = 16 * 1024;
constexpr std::string_view kPemBegins = "-----BEGIN ";

Result<Exit> takeCertificate(Tool& tool, const Home& home, const std::string& pem) {
    const auto now = svr::SystemWallClock{}.now();
    const auto taken = acceptCertificate(home, pem, now);
    if (!taken)
        return taken.failure();
    const auto next = tool.suggestion("ocf-obt status --certificate TARGET");
    tool.print(fmt::format("This identity has a certificate of {}, serial {}, {}.\nnext: {}", svr::issuerNameOf(*taken),
                           toHex(taken->serial), validityText(*taken, {now}), next),
               Json{{"certificate", certificateJson(*taken, {now})}, {"next", next}});
    return Exit::done;
}

Result<Exit> run(Tool& tool, const std::string& file) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    // A certificate is no secret: its file need not be private, and stays.
    if (const auto text = readPublicFile(file, kMaxFile); text && text->starts_with(kPemBegins))
        return takeCertificate(tool, **home, *text);
    const auto content = readPrivateFile(file);
    if (!content)
        return content.failure();
    const auto handover = decodeHandover(content->view());
    if (!handover)
        return handover.failure();
    const auto& self = (*home)->identity().uuid;
    if (handover->recipient != self)
        return Failure{Reason::foreignState,
                       fmt::format("the file is for {}, this is {}", handover->recipient.text(), self.text()),
                       "use the recipient's --home"};
    auto subjects = tool.subjects();
    const auto subject = subjectFrom(*handover);
    // Keys at hand stay behind the new one until it has proven itself (Q38).
    if (auto saved = subjects->add(subject); !saved)
        return saved.failure();
    if (auto removed = removePrivateFile(file); !removed)
        return removed.failure();
    tool.target = subject.device.text();
    const bool manager = subject.rowners.cred == self;
    Reach reach{tool};
    auto reached = reach.session(subject.device.text());
    if (!reached)
        return Failure{reached.failure().reason, "the key was taken in, but not tried: " + reached.failure().what,
                       manager ? "ocf-obt provision rotate TARGET" : "ocf-obt status TARGET"};
    if (reached->credential != std::size_t{0})
        return Failure{Reason::handshakeFailed, "the key was taken in, but only an older one works",
                       "ask for a new one: ocf-obt provision handover"};
    if (manager) {
        if (auto done = rotateKey(tool, std::move(*reached)); !done)
            return Failure{done.failure().reason, "the key was taken in, but not replaced: " + done.failure().what,
                           "ocf-obt provision rotate TARGET"};
    } else {
        const auto kept = subjects->update(subject.device, [&](Subject& s) { s.keepProven(*handover->key); });
        if (!kept)
            return kept.failure();
    }
    const auto next = tool.suggestion(manager ? "ocf-obt provision handover TARGET --for AMS-UUID --file FILE"
                                              : "ocf-obt provision ace TARGET --help");
    tool.print(fmt::format("{}: credential taken in and proven{}.\nnext: {}", subject.device.text(),
                           manager ? "; it was replaced by a new key that nobody else had" : "", next),
               Json{{"deviceuuid", subject.device.text()}, {"proven", true}, {"replaced", manager}, {"next", next}});
    return Exit::done;
}

} // namespace

void addAccept(CLI::App& app, Tool& tool) {
    auto* command = app.add_subcommand(
        "accept", "take in a hand-over file, a credential for a device, or this identity's certificate");
    auto file = std::make_shared<std::string>();
    command
        ->add_option("FILE", *file,
                     "from \"own --cms-handover\" or \"provision handover\", removed when taken in; or from\n"
                     "\"certify --request\"")
        ->required();
    command->footer(
        "The maker of the file knew the key for a moment. A credential manager therefore replaces it at once\n"
        "over its own session. An access manager cannot write credentials; it trusts its CMS, whose duty\n"
        "that is.");
    command->callback([&tool, file] { tool.action = [&tool, file] { return run(tool, *file); }; });
}

} // namespace ocfsecd::obt
