#include "tools/obt/revoked_certificates.h"

#include "svr/crl.h"
#include "tools/obt/private_file.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

/// The list must not be shorter than it was: what was revoked would be believed again.
Failure corrupt(const std::filesystem::path& file, std::string_view why) {
    return {Reason::stateCorrupt, fmt::format("{} is damaged: {}; it was left as it is", file.string(), why),
            "restore it from a backup, or take it from a device: ocf-obt get TARGET /oic/sec/crl"};
}

bool fitsDevices(ByteView der, const svr::RevocationList& list) {
    return list.revoked.size() <= svr::kMaxRevoked && toBase64(der).size() <= svr::kMaxCrlData;
}

} // namespace

Result<std::optional<KeptList>> RevokedCertificates::list(const svr::Certificate& root) const {
    const auto file = fileIn(home_);
    const auto content = readPrivateFile(file);
    if (!content && content.failure().reason == Reason::stateMissing)
        return std::optional<KeptList>{};
    if (!content)
        return content.failure();
    auto read = svr::readRevocationList(content->view());
    if (!read)
        return corrupt(file, read.failure().what);
    if (!read->signedBy(root) || !read->number)
        return corrupt(file, fmt::format("it is not the list of the CA {}", svr::nameOf(root)));
    return std::optional{KeptList{copyOf(content->view()), *std::move(read)}};
}

Result<KeptList> RevokedCertificates::add(const Authority& authority,
                                          const std::vector<svr::RevokedCertificate>& revoked, svr::WallTime now,
                                          std::int64_t above) {
    const auto lock = lockDirectory(home_); // two runs: each adds to what the other has written
    if (!lock)
        return lock.failure();
    const auto before = list(authority.root());
    if (!before)
        return before.failure();
    Revocations next;
    next.at = now;
    if (*before)
        next.revoked = (*before)->list.revoked;
    const auto known = next.revoked.size();
    for (const auto& each : revoked)
        if (std::ranges::find(next.revoked, each.serial, &svr::RevokedCertificate::serial) == next.revoked.end())
            next.revoked.push_back(each);
    const auto number = *before ? (*before)->number() : 0;
    if (*before && known == next.revoked.size() && above < number)
        return **before;
    next.number = std::max(number, above) + 1;
    auto der = authority.sign(next);
    if (!der)
        return der.failure();
    auto read = svr::readRevocationList(*der);
    if (!read || !fitsDevices(*der, *read))
        return Failure{Reason::configuration,
                       fmt::format("the list of revoked certificates would have {} entries, more than devices take",
                                   next.revoked.size()),
                       "put ca.pem and crl.der away, make a new CA and certify every device again"};
    if (auto written = writePrivateFile(fileIn(home_), *der); !written)
        return written.failure();
    return KeptList{*std::move(der), *std::move(read)};
}

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
                "it needs another key: ocf-obt reset TARGET, then own and certify it; ocf-obt request --new-key"};
    return {};
}

Result<std::optional<svr::RevocationList>> revokedBy(const std::filesystem::path& home) {
    const auto authority = Authority::open(home);
    if (!authority)
        return authority.failure().reason == Reason::stateMissing
                   ? Result<std::optional<svr::RevocationList>>{std::nullopt}
                   : Result<std::optional<svr::RevocationList>>{authority.failure()};
    auto kept = RevokedCertificates{home}.list(authority->root());
    if (!kept)
        return kept.failure();
    return *kept ? std::optional{std::move((*kept)->list)} : std::nullopt;
}

Result<Judgement> judgementOf(const std::filesystem::path& home, svr::WallTime now) {
    auto list = revokedBy(home);
    return list ? Judgement{now, *std::move(list)} : Result<Judgement>{list.failure()};
}

} // namespace ocfsecd::obt
