#include "ocf/manufacturer.h"

#include "svr/trust.h"

#include <algorithm>

namespace ocfsecd::ocf {

namespace {

std::optional<svr::PublicKey> keyOf(const svr::Credential& credential) {
    const auto chain = svr::chainOf(credential);
    const auto leaf = chain.empty() ? Failure{} : svr::readCertificate(chain.front());
    return leaf ? leaf->key : std::nullopt;
}

svr::CredId freeId(const svr::DeviceState& state, svr::CredId wanted) {
    for (auto id = wanted;; id = svr::CredId{static_cast<std::uint32_t>(id) + 1})
        if (svr::findCredential(state, id) == nullptr)
            return id;
}

} // namespace

void adoptManufacturer(svr::DeviceState& state, const std::vector<svr::Credential>& installed) {
    if (installed.empty())
        return;
    auto& creds = state.cred.creds;
    const auto sameKey = [](const svr::Credential& a, const svr::Credential& b) {
        return a.usage == b.usage && (a.publicData == b.publicData || (keyOf(a) && keyOf(a) == keyOf(b)));
    };
    std::erase_if(creds, [&](const svr::Credential& present) {
        return present.type == svr::credtype::asymmetricSigningWithCertificate &&
               present.usage == svr::credusage::mfgcert &&
               std::ranges::none_of(installed, [&](const auto& ours) { return sameKey(present, ours); });
    });
    for (const auto& ours : installed) {
        if (std::ranges::any_of(creds, [&](const auto& present) { return sameKey(present, ours); }))
            continue;
        auto added = ours;
        added.id = freeId(state, ours.id);
        creds.insert(creds.begin(), std::move(added));
    }
}

} // namespace ocfsecd::ocf
