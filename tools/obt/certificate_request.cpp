#include "tools/obt/certificate_request.h"

#include "svr/state.h"
#include "svr/x509.h"

#include <array>
#include <fmt/format.h>
#include <stdexcept>

namespace ocfsecd::obt {

namespace {

using RequestHandle = svr::x509::Owned<gnutls_x509_crq_t, gnutls_x509_crq_init, gnutls_x509_crq_deinit>;

Failure wrong(std::string_view why) {
    return {Reason::malformed, fmt::format("the certificate request {}; nothing is issued for it", why),
            "ocf-obt get TARGET /oic/sec/csr; of another identity: ocf-obt --home DIRECTORY request"};
}

/// Nothing for none, for several and for one that is longer than a UUID's.
std::optional<std::string> onlyCommonName(gnutls_x509_crq_t request) {
    std::array<char, 128> text{};
    auto size = text.size();
    if (gnutls_x509_crq_get_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text.data(), &size) < 0)
        return std::nullopt;
    std::string name{text.data(), size};
    size = text.size();
    const auto second = gnutls_x509_crq_get_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 1, 0, text.data(), &size);
    return second == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE ? std::optional{std::move(name)} : std::nullopt;
}

bool isSignedWithSha256(gnutls_x509_crq_t request) {
    std::array<char, 64> text{};
    auto size = text.size();
    return gnutls_x509_crq_get_signature_oid(request, text.data(), &size) >= 0 &&
           text.data() == svr::oid::ecdsaWithSha256;
}

} // namespace

Result<EndEntity> readCertificateRequest(std::string_view pem) {
    if (pem.empty() || pem.size() > kMaxRequestText)
        return wrong(fmt::format("has {} octets, not 1 to {}", pem.size(), kMaxRequestText));
    const RequestHandle request;
    const auto raw = svr::x509::datumOf(viewOf(pem));
    if (gnutls_x509_crq_import(request.get(), &raw, GNUTLS_X509_FMT_PEM) < 0)
        return wrong("is no PKCS#10 in PEM");
    const svr::x509::PublicKeyHandle key;
    const auto point =
        gnutls_pubkey_import_x509_crq(key.get(), request.get(), 0) < 0 ? std::nullopt : svr::x509::pointOf(key.get());
    if (!point)
        return wrong("has no key on secp256r1");
    if (!isSignedWithSha256(request.get()))
        return wrong("is not signed with ecdsa-with-SHA256");
    if (gnutls_x509_crq_verify(request.get(), 0) < 0)
        return wrong("is not signed by the key it is for");
    const auto name = onlyCommonName(request.get());
    if (!name)
        return wrong("has no common name, or several");
    const auto uuid = name->starts_with("uuid:") ? Uuid::parse(std::string_view{*name}.substr(5)) : std::nullopt;
    if (!uuid || uuid->isNil())
        return wrong(fmt::format("is for \"{}\", which is no \"uuid:\" and a UUID", *name));
    return EndEntity{*uuid, *point};
}

Result<EndEntity> readCertificateRequest(std::string_view pem, const Uuid& device) {
    auto read = readCertificateRequest(pem);
    if (read && read->uuid != device)
        return wrong(fmt::format("is for {}, not for {}", read->uuid.text(), device.text()));
    return read;
}

std::string makeCertificateRequest(const Uuid& uuid, const SigningKey& key) {
    const RequestHandle request;
    const auto name = "uuid:" + uuid.text();
    const svr::x509::PublicKeyHandle publicKey;
    svr::x509::Datum pem;
    constexpr unsigned version = 1; // of PKCS#10
    if (gnutls_x509_crq_set_version(request.get(), version) < 0 ||
        gnutls_x509_crq_set_dn_by_oid(request.get(), GNUTLS_OID_X520_COMMON_NAME, 0, name.data(),
                                      static_cast<unsigned>(name.size())) < 0 ||
        gnutls_pubkey_import_privkey(publicKey.get(), key.handle(), 0, 0) < 0 ||
        gnutls_x509_crq_set_pubkey(request.get(), publicKey.get()) < 0 ||
        gnutls_x509_crq_privkey_sign(request.get(), key.handle(), GNUTLS_DIG_SHA256, 0) < 0 ||
        gnutls_x509_crq_export2(request.get(), GNUTLS_X509_FMT_PEM, pem.fill()) < 0)
        throw std::runtime_error{"a certificate request cannot be made"}; // only without memory or randomness
    return std::string{textOf(pem.view())};
}

Result<EndEntity> certificateRequestIn(const cbor::Value& body, const Uuid& device) {
    const auto* encoding = body.find("encoding");
    if (encoding == nullptr || encoding->text() != svr::nameOf(svr::Encoding::pem))
        return wrong("is not in the encoding oic.sec.encoding.pem");
    const auto* text = body.find("csr");
    if (text == nullptr || !text->text())
        return wrong("is no text");
    return readCertificateRequest(*text->text(), device);
}

} // namespace ocfsecd::obt
