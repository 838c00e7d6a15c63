#include "tools/obt/authority.h"

#include "svr/certificate_roles.h"
#include "svr/der.h"
#include "tools/obt/private_file.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

bool isPlainName(std::string_view name) {
    return !name.empty() && name.size() <= kMaxCommonName &&
           std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
}

} // namespace

Result<Authority> Authority::create(const std::filesystem::path& home, std::string_view commonName, svr::WallTime now,
                                    Random& random) {
    if (!isPlainName(commonName))
        return Failure{Reason::usage, fmt::format("a CA's name has 1 to {} printable ASCII characters", kMaxCommonName),
                       "name another one with --name"};
    auto key = SigningKey::make();
    auto root = issueRoot(key, commonName, {now - kBackdated, now + kRootLifetime}, random);
    KeyedCertificate made{std::move(key), {std::move(root)}};
    if (auto written = createPrivateFile(fileIn(home), encode(made).view()); !written)
        return written.failure().reason == Reason::configuration
                   ? Failure{Reason::configuration,
                             fmt::format("this home has a CA already: {}", fileIn(home).string()), "ocf-obt ca show"}
                   : written.failure();
    return Authority{std::move(made), home};
}

Result<Authority> Authority::open(const std::filesystem::path& home) {
    const auto file = fileIn(home);
    auto kept = readKeyedCertificate(file);
    if (!kept && kept.failure().reason == Reason::stateMissing)
        return Failure{Reason::stateMissing, "this home has no certificate authority", "ocf-obt ca create"};
    if (!kept)
        return kept.failure();
    // Whether it is valid now is another question: usable().
    const auto& root = kept->root();
    const auto fits = svr::checkProfile(root, svr::CertificateKind::root, root.notBefore);
    if (!fits || kept->chain.size() != 1 || !svr::verifies(kept->key.publicKey(), root.signedPart, root.signature))
        return Failure{
            Reason::stateCorrupt,
            fmt::format("{} holds no root of the OCF profile{}", file.string(), fits ? "" : ": " + fits.failure().what),
            "restore it from a backup"};
    return Authority{*std::move(kept), home};
}

Result<Authority> Authority::renew(const std::filesystem::path& home, svr::WallTime now, Random& random) {
    auto former = open(home);
    if (!former)
        return former;
    const auto& root = former->root();
    if (now < root.notBefore)
        return former->usable(now).failure();
    const auto name = svr::readName(root.subject);
    if (!name || name->commonNames.size() != 1)
        return Failure{Reason::stateCorrupt, fmt::format("{} has no name to go on with", fileIn(home).string()),
                       "restore it from a backup"};
    auto next =
        issueRoot(former->kept_.key, name->commonNames.front(), {now - kBackdated, now + kRootLifetime}, random);
    if (!equal(next.subject, root.subject)) // another program made the old one and writes names in another form
        return Failure{Reason::configuration,
                       fmt::format("the root {} cannot be renewed: its name is not of the form this tool writes",
                                   svr::nameOf(root)),
                       "renew it with what made it"};
    KeyedCertificate made{former->kept_.key, {std::move(next)}};
    if (auto written = writePrivateFile(fileIn(home), encode(made).view()); !written)
        return written.failure();
    return Authority{std::move(made), home};
}

Result<Authority> Authority::openUsable(const std::filesystem::path& home, svr::WallTime now) {
    auto authority = open(home);
    if (authority)
        if (auto fine = authority->usable(now); !fine)
            return fine.failure();
    return authority;
}

Result<void> Authority::usable(svr::WallTime now) const {
    if (now > root().notAfter)
        return Failure{Reason::configuration,
                       fmt::format("this home's CA {} expired at {}; it is {} here", svr::nameOf(root()),
                                   svr::dateOf(root().notAfter), svr::dateOf(now)),
                       "set the clock, or: ocf-obt ca renew"};
    if (now < root().notBefore)
        return Failure{Reason::configuration,
                       fmt::format("this home's CA {} is valid from {}; it is {} here", svr::nameOf(root()),
                                   svr::dateOf(root().notBefore), svr::dateOf(now)),
                       "set the clock"};
    return {};
}

Result<Lifetime> Authority::lifetime(const EndEntity& subject, svr::WallTime now, std::chrono::days days) const {
    if (auto fine = usable(now); !fine)
        return fine.failure();
    if (subject.key == kept_.key.publicKey())
        return Failure{Reason::precondition, fmt::format("{} asks with the key of this CA", subject.uuid.text()),
                       "reset that device: it then makes a key of its own"};
    return Lifetime{std::max(now - kBackdated, root().notBefore), std::min(now + days, root().notAfter)};
}

Result<svr::Certificate> Authority::certify(const EndEntity& subject, svr::WallTime now, std::chrono::days days,
                                            Random& random) const {
    const auto valid = lifetime(subject, now, days);
    if (!valid)
        return valid.failure();
    const auto made = issueIdentity(subject, root(), kept_.key, *valid, random);
    const std::vector anchors{anchorFor(root(), subject.uuid)};
    return recorded(svr::checkChain({made.der}, {svr::ChainUse::identity, now, anchors, nullptr}));
}

Result<svr::Certificate> Authority::certifyRole(const EndEntity& subject, const svr::RoleId& role, svr::WallTime now,
                                                std::chrono::days days, Random& random) const {
    if (!isPlainName(role.role) || (role.authority && !isPlainName(*role.authority)))
        return Failure{Reason::usage,
                       fmt::format("a role and its authority have 1 to {} printable ASCII characters", kMaxCommonName),
                       "name another one"};
    if (svr::isReservedRole(role.role))
        return Failure{Reason::usage, fmt::format("the role {} is reserved", role.role),
                       "of oic.role.* only oic.role.owner is given by certificates"};
    const auto valid = lifetime(subject, now, days);
    if (!valid)
        return valid.failure();
    const auto made = issueRole(subject, role, root(), kept_.key, *valid, random);
    const std::vector anchors{anchorFor(root(), subject.uuid)};
    return recorded(svr::checkChain({made.der}, {svr::ChainUse::role, now, anchors, nullptr}));
}

/// Before anybody has it: what is not written down could never be revoked.
Result<svr::Certificate> Authority::recorded(Result<svr::Certificate> made) const {
    if (made)
        if (auto kept = issued_.add(*made); !kept)
            return kept.failure();
    return made;
}

/// By this root or one before it, and not expired.
Result<std::vector<svr::Certificate>> Authority::issued(svr::WallTime now) const {
    auto out = issued_.all();
    if (out)
        std::erase_if(*out, [&](const svr::Certificate& each) {
            return each.notAfter < now || !equal(each.issuer, root().subject) ||
                   !svr::verifies(*root().key, each.signedPart, each.signature);
        });
    return out;
}

Result<std::vector<svr::Certificate>> Authority::issuedTo(const Uuid& subject, svr::WallTime now) const {
    auto out = issued(now);
    if (out)
        std::erase_if(*out, [&](const svr::Certificate& each) { return svr::uuidIn(each) != subject; });
    return out;
}

Result<void> Authority::checkKey(const EndEntity& subject, svr::WallTime now) const {
    const auto all = issued(now);
    if (!all)
        return all.failure();
    for (const auto& each : *all)
        if (each.key == subject.key && svr::uuidIn(each) != subject.uuid)
            return Failure{Reason::precondition,
                           fmt::format("{} asks with the key of the certificate {}; nothing is issued for it",
                                       subject.uuid.text(), svr::nameOf(each)),
                           "have it make a key of its own: ocf-obt request --new-key"};
    return {};
}

Result<Bytes> Authority::sign(const Revocations& revocations) const {
    if (auto fine = usable(revocations.at); !fine)
        return fine.failure();
    return issueRevocationList(revocations, root(), kept_.key);
}

svr::TrustAnchor anchorFor(const svr::Certificate& root, const Uuid& peer) {
    return {root, peer};
}

} // namespace ocfsecd::obt
