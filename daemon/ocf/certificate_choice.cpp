#include "ocf/certificate_choice.h"

#include <algorithm>

namespace ocfsecd::ocf {

std::optional<std::size_t> CertificateChoice::choose(std::span<const OwnCertificate> own, const Address& peer) const {
    if (own.empty())
        return std::nullopt;
    const auto newest = own.size() - 1;
    const auto host = peer.withPort(0);
    const auto failed = std::ranges::find(failed_, host, &Failed::host);
    if (own[newest].proven || failed == failed_.end() || failed->id != own[newest].id)
        return newest;
    for (auto at = newest; at-- > 0;)
        if (own[at].proven)
            return at;
    return newest;
}

void CertificateChoice::failed(const Address& peer, svr::CredId id) {
    const auto host = peer.withPort(0);
    std::erase_if(failed_, [&](const Failed& old) { return old.host == host; });
    failed_.push_back({host, id});
    if (failed_.size() > kMaxRememberedHosts)
        failed_.pop_front();
}

} // namespace ocfsecd::ocf
