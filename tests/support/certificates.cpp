#include "certificates.h"

#include <fmt/format.h>
#include <gnutls/abstract.h>
#include <stdexcept>
#include <tss2/tss2_mu.h>

namespace ocfsecd::test {

namespace {

void require(int result) {
    if (result < 0)
        throw std::runtime_error{gnutls_strerror(result)};
}

gnutls_datum_t datumOf(ByteView octets) {
    return {const_cast<unsigned char*>(octets.data()), static_cast<unsigned>(octets.size())};
}

Bytes taken(gnutls_datum_t& datum) {
    auto out = copyOf({datum.data, datum.size});
    gnutls_free(datum.data);
    return out;
}

template <class Handle>
using Held = std::shared_ptr<std::remove_pointer_t<Handle>>;

Held<gnutls_x509_crt_t> newCertificate() {
    gnutls_x509_crt_t crt = nullptr;
    require(gnutls_x509_crt_init(&crt));
    return {crt, gnutls_x509_crt_deinit};
}

Held<gnutls_x509_crt_t> certificateFrom(const Bytes& der) {
    auto crt = newCertificate();
    const auto raw = datumOf(der);
    require(gnutls_x509_crt_import(crt.get(), &raw, GNUTLS_X509_FMT_DER));
    return crt;
}

Bytes derOf(std::uint8_t tag, ByteView content) {
    Writer out;
    out.u8(tag);
    if (content.size() < 0x80)
        out.u8(content.size());
    else if (content.size() < 0x100)
        out.u8(0x81).u8(content.size());
    else
        out.u8(0x82).u16(content.size());
    return out.bytes(content).take();
}

Bytes attribute(std::uint8_t type, std::string_view text) {
    Writer out;
    out.bytes(derOf(0x06, Bytes{0x55, 0x04, type})).bytes(derOf(0x0C, viewOf(text)));
    return derOf(0x31, derOf(0x30, out.view()));
}

std::time_t timeOf(svr::WallTime time) {
    return static_cast<std::time_t>(time.time_since_epoch().count());
}

void fill(gnutls_x509_crt_t crt, const Specimen& s, const TestKey& key) {
    require(gnutls_x509_crt_set_version(crt, s.version));
    require(gnutls_x509_crt_set_serial(crt, s.serial.data(), s.serial.size()));
    require(gnutls_x509_crt_set_activation_time(crt, timeOf(s.notBefore)));
    require(gnutls_x509_crt_set_expiration_time(crt, timeOf(s.notAfter)));
    require(gnutls_x509_crt_set_dn(crt, s.subject.c_str(), nullptr));
    require(gnutls_x509_crt_set_key(crt, key.get()));
    if (s.version < 3)
        return;
    if (s.ca)
        require(gnutls_x509_crt_set_basic_constraints(crt, *s.ca ? 1 : 0, s.pathLength));
    if (s.keyUsage && s.keyUsageCritical) {
        require(gnutls_x509_crt_set_key_usage(crt, *s.keyUsage));
    } else if (s.keyUsage) {
        const Bytes bits{0x03, 0x02, 0x03, static_cast<std::uint8_t>(*s.keyUsage)};
        require(gnutls_x509_crt_set_extension_by_oid(crt, "2.5.29.15", bits.data(), bits.size(), 0));
    }
    for (const auto& purpose : s.purposes)
        require(gnutls_x509_crt_set_key_purpose_oid(crt, purpose.c_str(), 0));
    for (const auto& oid : s.policies) {
        auto text = oid;
        gnutls_x509_policy_st policy{};
        policy.oid = text.data();
        require(gnutls_x509_crt_set_policy(crt, &policy, 0));
    }
    auto names = s.subjectAltName;
    if (!s.roles.empty()) {
        std::vector<Bytes> each;
        for (const auto& role : s.roles)
            each.push_back(directoryName(role));
        names = subjectAltName(each);
    }
    if (!names.empty())
        require(gnutls_x509_crt_set_extension_by_oid(crt, "2.5.29.17", names.data(), names.size(), 0));
    if (!s.unknownExtension.empty()) {
        const Bytes null{0x05, 0x00};
        require(gnutls_x509_crt_set_extension_by_oid(crt, s.unknownExtension.c_str(), null.data(), null.size(), 1));
    }
}

Issued issueBy(const Specimen& specimen, const Issued* issuer, const TestKey* signer, TestKey key) {
    Issued out{{}, std::move(key), {}};
    const auto crt = newCertificate();
    fill(crt.get(), specimen, out.key);
    const auto above = issuer != nullptr ? certificateFrom(issuer->der) : crt;
    const auto& by = signer != nullptr ? *signer : issuer != nullptr ? issuer->key : out.key;
    require(gnutls_x509_crt_sign2(crt.get(), above.get(), by.get(), specimen.digest, 0));
    gnutls_datum_t der{};
    require(gnutls_x509_crt_export2(crt.get(), GNUTLS_X509_FMT_DER, &der));
    out.der = taken(der);
    if (issuer != nullptr) {
        out.above = issuer->above;
        out.above.insert(out.above.begin(), issuer->der);
    }
    return out;
}

svr::PublicKey pointOf(gnutls_datum_t& x, gnutls_datum_t& y) {
    svr::PublicKey out{};
    std::size_t at = 0;
    for (auto* part : {&x, &y}) {
        const auto octets = taken(*part);
        const auto skip = octets.size() > 32 ? octets.size() - 32 : 0;
        const auto pad = octets.size() < 32 ? 32 - octets.size() : 0;
        std::copy(octets.begin() + static_cast<std::ptrdiff_t>(skip), octets.end(),
                  out.begin() + static_cast<std::ptrdiff_t>(at + pad));
        at += 32;
    }
    return out;
}

} // namespace

TestKey::TestKey(Kind kind) {
    gnutls_x509_privkey_t made = nullptr;
    require(gnutls_x509_privkey_init(&made));
    key_ = {made, gnutls_x509_privkey_deinit};
    const auto curve = kind == Kind::p384 ? GNUTLS_ECC_CURVE_SECP384R1 : GNUTLS_ECC_CURVE_SECP256R1;
    const unsigned bits = kind == Kind::rsa ? 2048 : static_cast<unsigned>(GNUTLS_CURVE_TO_BITS(curve));
    require(gnutls_x509_privkey_generate(made, kind == Kind::rsa ? GNUTLS_PK_RSA : GNUTLS_PK_ECDSA, bits, 0));
}

svr::PublicKey TestKey::publicKey() const {
    gnutls_ecc_curve_t curve{};
    gnutls_datum_t x{}, y{}, k{};
    require(gnutls_x509_privkey_export_ecc_raw(get(), &curve, &x, &y, &k));
    gnutls_free(k.data);
    return pointOf(x, y);
}

std::string TestKey::pem() const {
    gnutls_datum_t text{};
    require(gnutls_x509_privkey_export2(get(), GNUTLS_X509_FMT_PEM, &text));
    return std::string{textOf(taken(text))};
}

dtls::SignDigest TestKey::signer() const {
    return [key = key_](ByteView digest) -> Result<Bytes> {
        gnutls_privkey_t made = nullptr;
        require(gnutls_privkey_init(&made));
        const Held<gnutls_privkey_t> abstract{made, gnutls_privkey_deinit};
        require(gnutls_privkey_import_x509(made, key.get(), 0));
        const auto hash = datumOf(digest);
        gnutls_datum_t signature{};
        require(gnutls_privkey_sign_hash2(made, GNUTLS_SIGN_ECDSA_SHA256, 0, &hash, &signature));
        return taken(signature);
    };
}

Bytes TestKey::publicArea() const {
    return publicAreaOf(publicKey());
}

Bytes publicAreaOf(const svr::PublicKey& point) {
    TPM2B_PUBLIC area{};
    auto& key = area.publicArea;
    key.type = TPM2_ALG_ECC;
    key.nameAlg = TPM2_ALG_SHA256;
    key.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                           TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_NODA;
    auto& ecc = key.parameters.eccDetail;
    ecc.symmetric.algorithm = TPM2_ALG_NULL;
    ecc.scheme.scheme = TPM2_ALG_ECDSA;
    ecc.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
    ecc.curveID = TPM2_ECC_NIST_P256;
    ecc.kdf.scheme = TPM2_ALG_NULL;
    key.unique.ecc.x.size = key.unique.ecc.y.size = 32;
    std::copy_n(point.begin(), 32, key.unique.ecc.x.buffer);
    std::copy_n(point.begin() + 32, 32, key.unique.ecc.y.buffer);
    Bytes out(sizeof area);
    std::size_t size = 0;
    if (Tss2_MU_TPM2B_PUBLIC_Marshal(&area, out.data(), out.size(), &size) != TSS2_RC_SUCCESS)
        throw std::runtime_error{"the public area cannot be marshalled"};
    out.resize(size);
    return out;
}

Specimen endEntity(const Uuid& uuid) {
    Specimen out;
    out.subject = "CN=uuid:" + uuid.text();
    return out;
}

Specimen roleHolder(const Uuid& uuid, std::vector<svr::RoleId> roles) {
    auto out = endEntity(uuid);
    out.purposes.back() = "1.3.6.1.4.1.44924.1.7";
    out.roles = std::move(roles);
    return out;
}

Specimen authority(std::string subject, int pathLength) {
    Specimen out;
    out.subject = std::move(subject);
    out.keyUsage = GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN;
    out.ca = true;
    out.pathLength = pathLength;
    out.purposes.clear();
    return out;
}

std::vector<Bytes> Issued::chain(bool withRoot) const {
    std::vector<Bytes> out{der};
    out.insert(out.end(), above.begin(), above.end());
    if (!withRoot && out.size() > 1)
        out.pop_back();
    return out;
}

std::string Issued::pem(bool withRoot) const {
    return pemOf(chain(withRoot));
}

Issued issue(const Specimen& specimen, const Issued* issuer, TestKey key) {
    return issueBy(specimen, issuer, nullptr, std::move(key));
}

Issued issueFalsely(const Specimen& specimen, const Issued& named, const TestKey& signer) {
    return issueBy(specimen, &named, &signer, TestKey{});
}

std::string pemOf(const std::vector<Bytes>& ders) {
    std::string out;
    for (const auto& der : ders) {
        const auto raw = datumOf(der);
        gnutls_datum_t text{};
        require(gnutls_pem_base64_encode2("CERTIFICATE", &raw, &text));
        out += textOf(taken(text));
    }
    return out;
}

std::string requestFor(const Uuid& uuid, const TestKey& key) {
    gnutls_x509_crq_t made = nullptr;
    require(gnutls_x509_crq_init(&made));
    const Held<gnutls_x509_crq_t> request{made, gnutls_x509_crq_deinit};
    require(gnutls_x509_crq_set_version(made, 1));
    require(gnutls_x509_crq_set_dn(made, ("CN=uuid:" + uuid.text()).c_str(), nullptr));
    require(gnutls_x509_crq_set_key(made, key.get()));
    require(gnutls_x509_crq_sign2(made, key.get(), GNUTLS_DIG_SHA256, 0));
    gnutls_datum_t out{};
    require(gnutls_x509_crq_export2(made, GNUTLS_X509_FMT_DER, &out));
    const auto der = taken(out);
    const auto raw = datumOf(der);
    gnutls_datum_t text{};
    require(gnutls_pem_base64_encode2("CERTIFICATE REQUEST", &raw, &text)); // GnuTLS itself says NEW
    return std::string{textOf(taken(text))};
}

std::optional<Request> readRequest(const std::string& pem) {
    gnutls_x509_crq_t made = nullptr;
    require(gnutls_x509_crq_init(&made));
    const Held<gnutls_x509_crq_t> request{made, gnutls_x509_crq_deinit};
    const auto raw = datumOf(viewOf(pem));
    if (gnutls_x509_crq_import(made, &raw, GNUTLS_X509_FMT_PEM) < 0 || gnutls_x509_crq_verify(made, 0) < 0)
        return std::nullopt;
    Request out;
    out.version = gnutls_x509_crq_get_version(made);
    char text[256];
    std::size_t size = sizeof text;
    require(gnutls_x509_crq_get_dn(made, text, &size));
    out.subject = text;
    size = sizeof text;
    require(gnutls_x509_crq_get_signature_oid(made, text, &size));
    out.signatureAlgorithm = text;
    gnutls_pubkey_t held = nullptr;
    require(gnutls_pubkey_init(&held));
    const Held<gnutls_pubkey_t> key{held, gnutls_pubkey_deinit};
    require(gnutls_pubkey_import_x509_crq(held, made, 0));
    gnutls_ecc_curve_t curve{};
    gnutls_datum_t x{}, y{};
    require(gnutls_pubkey_export_ecc_raw(held, &curve, &x, &y));
    out.key = pointOf(x, y);
    if (curve != GNUTLS_ECC_CURVE_SECP256R1)
        return std::nullopt;
    return out;
}

std::vector<Bytes> certify(const std::string& request, const Specimen& specimen, const Issued& issuer) {
    gnutls_x509_crq_t made = nullptr;
    require(gnutls_x509_crq_init(&made));
    const Held<gnutls_x509_crq_t> held{made, gnutls_x509_crq_deinit};
    const auto raw = datumOf(viewOf(request));
    require(gnutls_x509_crq_import(made, &raw, GNUTLS_X509_FMT_PEM));
    const auto crt = newCertificate();
    fill(crt.get(), specimen, issuer.key); // its key is replaced by the request's
    gnutls_pubkey_t key = nullptr;
    require(gnutls_pubkey_init(&key));
    const Held<gnutls_pubkey_t> heldKey{key, gnutls_pubkey_deinit};
    require(gnutls_pubkey_import_x509_crq(key, made, 0));
    require(gnutls_x509_crt_set_pubkey(crt.get(), key));
    require(gnutls_x509_crt_sign2(crt.get(), certificateFrom(issuer.der).get(), issuer.key.get(), specimen.digest, 0));
    gnutls_datum_t der{};
    require(gnutls_x509_crt_export2(crt.get(), GNUTLS_X509_FMT_DER, &der));
    std::vector<Bytes> out{taken(der)};
    out.push_back(issuer.der);
    out.insert(out.end(), issuer.above.begin(), issuer.above.end());
    out.pop_back();
    return out;
}

Bytes revocationList(const Issued& issuer, const std::vector<Bytes>& serials, const TestKey* signer) {
    gnutls_x509_crl_t made = nullptr;
    require(gnutls_x509_crl_init(&made));
    const Held<gnutls_x509_crl_t> list{made, gnutls_x509_crl_deinit};
    require(gnutls_x509_crl_set_version(made, 2));
    const auto when = timeOf(std::chrono::sys_days{std::chrono::year{2026} / 6 / 1});
    require(gnutls_x509_crl_set_this_update(made, when));
    require(gnutls_x509_crl_set_next_update(made, when + 86400));
    for (const auto& serial : serials)
        require(gnutls_x509_crl_set_crt_serial(made, serial.data(), serial.size(), when));
    const unsigned char number[] = {1};
    require(gnutls_x509_crl_set_number(made, number, sizeof number));
    const auto by = certificateFrom(issuer.der);
    require(
        gnutls_x509_crl_sign2(made, by.get(), (signer != nullptr ? *signer : issuer.key).get(), GNUTLS_DIG_SHA256, 0));
    gnutls_datum_t out{};
    require(gnutls_x509_crl_export2(made, GNUTLS_X509_FMT_DER, &out));
    return taken(out);
}

Bytes directoryName(const svr::RoleId& role) {
    Writer rdns;
    rdns.bytes(attribute(0x03, role.role));
    if (role.authority)
        rdns.bytes(attribute(0x0B, *role.authority));
    return derOf(0x30, rdns.view());
}

Bytes subjectAltName(const std::vector<Bytes>& names) {
    Writer all;
    for (const auto& name : names)
        all.bytes(derOf(0xA4, name));
    return derOf(0x30, all.view());
}

} // namespace ocfsecd::test
