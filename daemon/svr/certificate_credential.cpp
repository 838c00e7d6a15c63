#include "svr/certificate_credential.h"

#include "svr/certificate_roles.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

struct Subject {
    const Credential& credential;
    const DeviceState& next;
    const Capabilities& capabilities;
    WallTime now;
};

Failure wrong(std::string what, std::string next) {
    return {Reason::malformed, std::move(what), std::move(next)};
}

Result<void> anchorOf(const Subject& s, CertificateKind kind) {
    for (const auto& der : chainOf(s.credential)) {
        const auto certificate = readCertificate(der);
        if (!certificate)
            return certificate.failure();
        if (auto root = checkProfile(*certificate, kind, s.now, 0, Validation::notExpired); !root)
            return root;
    }
    return {};
}

Result<void> trustAnchor(const Subject& s) {
    return anchorOf(s, CertificateKind::root);
}

Result<void> manufacturerAnchor(const Subject& s) {
    return anchorOf(s, CertificateKind::mfgRoot);
}

/// Facts 2.4: for the key behind /oic/sec/csr and the device's own UUID; its anchor may still be missing.
Result<void> identity(const Subject& s) {
    const auto leaf = checkOwnChain(chainOf(s.credential), ChainUse::identity, s.now);
    if (!leaf)
        return leaf.failure();
    const auto own = identityPublicKey(s.next);
    if (!own || leaf->key != own)
        return wrong(fmt::format("the identity certificate {} is for another key than this device's", nameOf(*leaf)),
                     "GET /oic/sec/csr and let the certificate authority sign that request");
    if (const auto uuid = uuidIn(*leaf); uuid != s.next.doxm.deviceuuid)
        return wrong(fmt::format("the identity certificate {} names another device than {}", nameOf(*leaf),
                                 s.next.doxm.deviceuuid.text()),
                     "GET /oic/sec/csr once more: the request follows deviceuuid");
    return {};
}

Result<void> role(const Subject& s) {
    const auto leaf = Trust{s.next}.judgeRole(chainOf(s.credential), s.now);
    if (!leaf)
        return leaf.failure();
    const auto roles = rolesIn(*leaf);
    return roles ? Result<void>{} : roles.failure();
}

/// The maker's key is installed on the gateway; over the network only its chain can be renewed.
Result<void> manufacturer(const Subject& s) {
    const auto leaf = checkOwnChain(chainOf(s.credential), ChainUse::manufacturer, s.now);
    if (!leaf)
        return leaf.failure();
    const auto isOurs = [&](const Credential& installed) {
        const auto chain = installed.usage == credusage::mfgcert ? chainOf(installed) : std::vector<Bytes>{};
        const auto certificate = chain.empty() ? Result<Certificate>{Failure{}} : readCertificate(chain.front());
        return certificate && certificate->key == leaf->key;
    };
    if (std::ranges::any_of(s.capabilities.manufacturerCredentials, isOurs))
        return {};
    return wrong(fmt::format("the manufacturer certificate {} is for a key this device does not have", nameOf(*leaf)),
                 "the maker of the gateway installs manufacturer certificates, with their key");
}

struct UsageRow {
    std::string_view usage;
    Result<void> (*check)(const Subject& subject);
};
constexpr UsageRow kUsages[] = {
    {credusage::trustca, trustAnchor},           {credusage::cert, identity},        {credusage::rolecert, role},
    {credusage::mfgtrustca, manufacturerAnchor}, {credusage::mfgcert, manufacturer},
};

} // namespace

Result<void> checkPublicData(const Credential& credential) {
    if (!credential.publicData)
        return wrong("a credential of type 8 has no publicdata", "send the certificates as PEM in publicdata.data");
    const auto ders = readPem(credential.publicData->data);
    if (!ders)
        return ders.failure();
    const auto certificates = readCertificates(*ders);
    if (!certificates)
        return certificates.failure();
    for (const auto& certificate : *certificates)
        if (!certificate.key)
            return wrong(fmt::format("the certificate {} has no key on secp256r1", nameOf(certificate)),
                         "use certificates for P-256 keys");
    return {};
}

Result<void> checkCertificateCredential(const Credential& credential, const DeviceState& next,
                                        const Capabilities& capabilities, WallTime now) {
    const auto row = std::ranges::find(kUsages, credential.usage, &UsageRow::usage);
    if (row == std::end(kUsages))
        return wrong("a credential of type 8 has no credusage",
                     "send oic.sec.cred.cert, trustca, rolecert, mfgcert or mfgtrustca");
    return row->check({credential, next, capabilities, now});
}

} // namespace ocfsecd::svr
