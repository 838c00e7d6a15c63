#include "tools/obt/own_certificate.h"

#include "tools/obt/certificate_standing.h"
#include "tools/obt/private_file.h"
#include "tools/obt/revoked_certificates.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

/// Is it this identity's, right and valid now? Its root is part of it.
Result<void> judge(const KeyedCertificate& kept, const Uuid& self, svr::WallTime now) {
    const std::vector anchors{anchorFor(kept.root(), self)};
    const auto leaf = svr::checkChain({kept.leaf().der}, {svr::ChainUse::identity, now, anchors, nullptr});
    return leaf ? Result<void>{} : Result<void>{leaf.failure()};
}

} // namespace

Result<OwnCertificate> OwnCertificate::obtain(const Home& home, svr::WallTime now, Random& random) {
    const auto file = fileIn(home);
    const auto self = home.identity().uuid;
    const auto authority = Authority::open(home.directory());
    if (!authority && authority.failure().reason != Reason::stateMissing)
        return authority.failure();
    auto list = revokedBy(home.directory());
    if (!list)
        return list.failure();
    auto kept = readKeyedCertificate(file);
    if (!kept && kept.failure().reason != Reason::stateMissing)
        return kept.failure();
    if (!kept && !authority)
        return Failure{Reason::stateMissing, "this identity has no certificate, and its home no CA to issue one",
                       "ocf-obt ca create; or ask that of another home: ocf-obt request"};
    const auto fine = kept ? judge(*kept, self, now) : Result<void>{kept.failure()};
    const bool ours = !authority || (kept && kept->root() == authority->root());
    const bool revoked = kept && *list && (*list)->revokes(kept->leaf(), kept->root());
    if (fine && ours && !revoked &&
        (!authority || standingOf(kept->leaf(), {now}) == CertificateStanding::good ||
         kept->leaf().notAfter == authority->root().notAfter))
        return OwnCertificate{*std::move(kept), *std::move(list)};
    if (!authority)
        return Failure{Reason::configuration,
                       fmt::format("the certificate of this identity does not hold: {}", fine.failure().what),
                       "set the clock, or ask for a new one: ocf-obt request"};
    auto key = kept && !revoked ? kept->key : SigningKey::make(); // whoever else has the old one is shut out
    auto leaf = authority->certify({self, key.publicKey()}, now, kIdentityLifetime, random);
    if (!leaf)
        return leaf.failure();
    KeyedCertificate made{std::move(key), {*std::move(leaf), authority->root()}};
    if (auto written = writePrivateFile(file, encode(made).view()); !written)
        return written.failure();
    return OwnCertificate{std::move(made), *std::move(list)};
}

OwnIdentity OwnCertificate::shown() const {
    return {{kept_.leaf().der}, kept_.key.signer()};
}

JudgeChain OwnCertificate::judgeOf(const Uuid& device, svr::WallTime now) const {
    return [anchors = std::vector{anchorFor(root(), device)}, now, device,
            revoked = revoked_](const std::vector<Bytes>& chain) -> Result<void> {
        const auto leaf =
            svr::checkChain(chain, {svr::ChainUse::identity, now, anchors, revoked ? &*revoked : nullptr});
        if (leaf)
            return {};
        return Failure{Reason::handshakeFailed,
                       fmt::format("the certificate of {} does not hold: {}", device.text(), leaf.failure().what),
                       "ocf-obt certify TARGET"};
    };
}

} // namespace ocfsecd::obt
