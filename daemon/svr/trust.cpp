#include "svr/trust.h"

#include "svr/crl.h"
#include "tpm/public_point.h"

#include <algorithm>

namespace ocfsecd::svr {

Trust::Trust(const DeviceState& state) {
    for (const auto& credential : state.cred.creds) {
        // Of another type nobody has judged the certificates, nor looks when it goes.
        if (credential.type != credtype::asymmetricSigningWithCertificate || credential.usage != credusage::trustca)
            continue;
        for (const auto& der : chainOf(credential))
            if (auto certificate = readCertificate(der))
                anchors_.push_back({*std::move(certificate), credential.subject});
    }
    if (state.crl)
        if (auto list = revocationListOf(*state.crl))
            revoked_ = *std::move(list);
}

std::vector<Bytes> Trust::names() const {
    std::vector<Bytes> out;
    for (const auto& anchor : anchors_)
        if (std::ranges::find(out, anchor.certificate.subject) == out.end())
            out.push_back(anchor.certificate.subject);
    return out;
}

Result<Certificate> Trust::judge(const std::vector<Bytes>& chain, ChainUse use, WallTime now) const {
    return checkChain(chain, {use, now, anchors_, revoked_ ? &*revoked_ : nullptr});
}

Result<Certificate> Trust::judgeIdentity(const std::vector<Bytes>& chain, WallTime now) const {
    return judge(chain, ChainUse::identity, now);
}

Result<Certificate> Trust::judgeRole(const std::vector<Bytes>& chain, WallTime now) const {
    return judge(chain, ChainUse::role, now);
}

std::vector<Bytes> chainOf(const Credential& credential) {
    if (!credential.publicData)
        return {};
    auto ders = readPem(credential.publicData->data);
    return ders ? *std::move(ders) : std::vector<Bytes>{};
}

std::optional<PublicKey> identityPublicKey(const DeviceState& state) {
    if (!state.identityKey)
        return std::nullopt;
    const auto point = tpm::publicPoint(state.identityKey->blob.publicArea);
    return point ? std::optional{*point} : std::nullopt;
}

} // namespace ocfsecd::svr
