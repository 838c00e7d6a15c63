#include "tools/obt/certify_device.h"

#include "tools/obt/issued.h"
#include "tools/obt/own_certificate.h"
#include "tools/obt/publish.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

/// What the CA has revoked, the device shall know before it believes anybody.
Result<void> tellRevoked(Tool& tool, const Authority& authority, const std::optional<KeptList>& list,
                         Reached& reached) {
    if (!list)
        return {};
    tool.begin("writing the list of revoked certificates");
    const auto done = Publisher{tool, authority, *list}.to(*reached.session, reached.subject);
    return done ? Result<void>{} : Result<void>{done.failure()};
}

} // namespace

Result<CertifiedDevice> certifyDevice(Tool& tool, const Authority& authority, const std::string& target,
                                      std::chrono::days days, svr::WallTime now) {
    const auto home = tool.home();
    if (!home)
        return home.failure();
    const auto revoked = RevokedCertificates{(*home)->directory()}.list(authority.root());
    if (!revoked)
        return revoked.failure();
    auto reached = Reach{tool}.session(target);
    if (!reached)
        return reached.failure();
    const auto device = reached->subject.device;
    IssuedCertificates issued{(*home)->subjectsDirectory()};
    std::optional<OwnCertificate> own;
    const auto issue = [&](const EndEntity& subject) -> Result<svr::Certificate> {
        if (auto unique = issued.checkKey(subject.key, device); !unique)
            return unique.failure();
        if (auto fine = checkNotRevoked(subject, authority, *revoked, now); !fine)
            return fine.failure();
        // Not before the request is judged: a refused one leaves nothing here.
        auto obtained = OwnCertificate::obtain(**home, now, tool.random());
        if (!obtained)
            return obtained.failure();
        own = *std::move(obtained);
        if (subject.key == own->certificate().key)
            return Failure{Reason::precondition, device.text() + " asks with the key of this tool", ""};
        return authority.certify(subject, now, days, tool.random());
    };
    const auto open = [&](Peer& peer) { return peer.openWithCertificate(own->shown(), own->judgeOf(device, now)); };
    const CertifyPlan plan{(*home)->identity().uuid, device, authority.root(), issue, open};
    auto done = certify(*reached->peer, *reached->session, plan, [&](std::string_view step) { tool.begin(step); });
    if (!done)
        return done.failure();
    if (auto kept = issued.keep(device, {done->certificate, authority.root()}); !kept)
        return kept.failure();
    auto told = tellRevoked(tool, authority, *revoked, *reached);
    return CertifiedDevice{device, *std::move(done), std::move(told)};
}

} // namespace ocfsecd::obt
