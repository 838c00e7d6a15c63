#include "certificate_request.h"

#include "dtls/external_key.h"

#include <gnutls/x509.h>
#include <memory>
#include <new>

namespace ocfsecd {

namespace {

constexpr std::size_t kCoordinate = 32;
constexpr std::size_t kPemLine = 64; // RFC 7468

struct Deinit {
    void operator()(gnutls_x509_crq_t request) const { gnutls_x509_crq_deinit(request); }
    void operator()(gnutls_pubkey_t key) const { gnutls_pubkey_deinit(key); }
};
using Request = std::unique_ptr<std::remove_pointer_t<gnutls_x509_crq_t>, Deinit>;
using PublicKey = std::unique_ptr<std::remove_pointer_t<gnutls_pubkey_t>, Deinit>;

gnutls_datum_t lend(ByteView octets) {
    return {const_cast<unsigned char*>(octets.data()), static_cast<unsigned>(octets.size())}; // only read
}

/// GnuTLS's own PEM says "NEW CERTIFICATE REQUEST".
std::string pemOf(ByteView der) {
    const auto base64 = toBase64(der);
    std::string out = "-----BEGIN CERTIFICATE REQUEST-----\n";
    for (std::size_t at = 0; at < base64.size(); at += kPemLine)
        out += base64.substr(at, kPemLine) + '\n';
    return out + "-----END CERTIFICATE REQUEST-----\n";
}

} // namespace

Result<std::string> certificateRequest(std::string_view commonName, const tpm::PublicPoint& key,
                                       dtls::SignDigest sign) {
    gnutls_x509_crq_t requestRaw = nullptr;
    if (gnutls_x509_crq_init(&requestRaw) < 0)
        throw std::bad_alloc{};
    const Request request{requestRaw};
    gnutls_pubkey_t keyRaw = nullptr;
    if (gnutls_pubkey_init(&keyRaw) < 0)
        throw std::bad_alloc{};
    const PublicKey publicKey{keyRaw};
    const dtls::ExternalKey signer{std::move(sign)};

    const auto x = lend(ByteView{key}.first(kCoordinate));
    const auto y = lend(ByteView{key}.subspan(kCoordinate));
    constexpr unsigned version1 = 1;
    int error = gnutls_x509_crq_set_version(requestRaw, version1);
    if (error >= 0)
        error = gnutls_x509_crq_set_dn_by_oid(requestRaw, GNUTLS_OID_X520_COMMON_NAME, 0, commonName.data(),
                                              static_cast<unsigned>(commonName.size()));
    if (error >= 0)
        error = gnutls_pubkey_import_ecc_raw(keyRaw, GNUTLS_ECC_CURVE_SECP256R1, &x, &y);
    if (error >= 0)
        error = gnutls_x509_crq_set_pubkey(requestRaw, keyRaw);
    if (error >= 0)
        error = gnutls_x509_crq_privkey_sign(requestRaw, signer.handle(), GNUTLS_DIG_SHA256, 0);
    gnutls_datum_t der{};
    if (error >= 0)
        error = gnutls_x509_crq_export2(requestRaw, GNUTLS_X509_FMT_DER, &der);
    if (error < 0)
        return signer.failure()
                   ? *signer.failure()
                   : Failure{Reason::internal,
                             std::string{"the certificate request cannot be made: "} + gnutls_strerror(error), ""};
    auto pem = pemOf({der.data, der.size});
    gnutls_free(der.data);
    return pem;
}

} // namespace ocfsecd
