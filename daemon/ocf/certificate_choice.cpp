#include "ocf/certificate_choice.h"

#include <algorithm>

namespace ocfsecd::ocf {

std::optional<std::size_t> CertificateChoice::choose(std::span<const OwnCertificate> own, const Address& peer,
                                                     svr::WallTime now) const {
    std::vector<std::size_t> usable;
    for (std::size_t at = 0; at < own.size(); ++at)
        if (own[at].notBefore <= now && now <= own[at].notAfter)
            usable.push_back(at);
    if (usable.empty()) // our clock may be wrong: the peer judges by its own
        for (std::size_t at = 0; at < own.size(); ++at)
            usable.push_back(at);
    if (usable.empty())
        return std::nullopt;
    const auto newest = usable.back();
    const auto host = peer.withPort(0);
    const auto failed = std::ranges::find(failed_, host, &Failed::host);
    if (own[newest].proven || failed == failed_.end() || failed->id != own[newest].id)
        return newest;
    const auto older =
        std::find_if(usable.rbegin() + 1, usable.rend(), [own](std::size_t at) { return own[at].proven; });
    return older == usable.rend() ? newest : *older;
}

void CertificateChoice::failed(const Address& peer, svr::CredId id) {
    const auto host = peer.withPort(0);
    std::erase_if(failed_, [&](const Failed& old) { return old.host == host; });
    failed_.push_back({host, id});
    if (failed_.size() > kMaxRememberedHosts)
        failed_.pop_front();
}

} // namespace ocfsecd::ocf
