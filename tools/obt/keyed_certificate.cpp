#include "tools/obt/keyed_certificate.h"

#include "tools/obt/private_file.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

constexpr std::string_view kCertificateBegins = "-----BEGIN CERTIFICATE-----";

Failure corrupt(const std::filesystem::path& file, std::string_view why) {
    return {Reason::stateCorrupt, fmt::format("{} is damaged: {}; it was left as it is", file.string(), why),
            "restore it from a backup"};
}

} // namespace

SecretBytes encode(const KeyedCertificate& certificate) {
    const auto key = certificate.key.encode();
    std::string pem;
    for (const auto& each : certificate.chain)
        pem += svr::toPem(each.der);
    SecretBytes out{key.size() + pem.size()};
    std::ranges::copy(key.view(), out.edit().begin());
    std::ranges::copy(viewOf(pem), out.edit().begin() + static_cast<std::ptrdiff_t>(key.size()));
    return out;
}

Result<KeyedCertificate> readKeyedCertificate(const std::filesystem::path& file) {
    const auto content = readPrivateFile(file);
    if (!content)
        return content.failure();
    const auto text = textOf(content->view());
    const auto at = std::min(text.find(kCertificateBegins), text.size());
    auto key = SigningKey::decode(content->view().first(at));
    if (!key)
        return corrupt(file, key.failure().what);
    const auto ders = svr::readPem(text.substr(at));
    auto chain = ders ? svr::readCertificates(*ders) : ders.failure();
    if (!chain)
        return corrupt(file, chain.failure().what);
    if (chain->front().key != key->publicKey())
        return corrupt(file, "its certificate is for another key");
    return KeyedCertificate{*std::move(key), *std::move(chain)};
}

} // namespace ocfsecd::obt
