#include "tools/obt/issue.h"

#include "svr/certificate_profile.h"
#include "svr/x509.h"
#include "tools/obt/role_name.h"

#include <array>
#include <fmt/format.h>
#include <stdexcept>

namespace ocfsecd::obt {

namespace {

using svr::x509::CertificateHandle;

/// What is put in has been checked before: this fails only without memory or randomness.
void require(int result) {
    if (result < 0)
        throw std::runtime_error{fmt::format("a certificate cannot be made: {}", gnutls_strerror(result))};
}

/// Positive and of 16 octets; random, so that nothing has to be counted (facts 6.4: unique per issuer).
void setSerial(gnutls_x509_crt_t crt, Random& random) {
    std::array<std::uint8_t, 16> serial{};
    random.fill(serial);
    serial[0] = static_cast<std::uint8_t>((serial[0] & 0x3f) | 0x40);
    require(gnutls_x509_crt_set_serial(crt, serial.data(), serial.size()));
}

/// What all kinds share.
void begin(gnutls_x509_crt_t crt, std::string_view commonName, const Lifetime& lifetime, Random& random) {
    constexpr unsigned version = 3;
    require(gnutls_x509_crt_set_version(crt, version));
    setSerial(crt, random);
    require(gnutls_x509_crt_set_activation_time(crt, lifetime.from.time_since_epoch().count()));
    require(gnutls_x509_crt_set_expiration_time(crt, lifetime.until.time_since_epoch().count()));
    require(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, commonName.data(),
                                          static_cast<unsigned>(commonName.size())));
}

/// The content of a DER INTEGER: the library writes it as it is, and a leading one would be a sign.
Bytes positive(ByteView number) {
    auto out = svr::withoutZeros(number);
    if (out.empty() || out.front() >= 0x80)
        out.insert(out.begin(), 0);
    return out;
}

/// Its key is set.
void setKeyId(gnutls_x509_crt_t crt) {
    std::array<std::uint8_t, 64> id{};
    auto size = id.size();
    require(gnutls_x509_crt_get_key_id(crt, 0, id.data(), &size));
    require(gnutls_x509_crt_set_subject_key_id(crt, id.data(), size));
}

void setIssuerKeyId(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer) {
    std::array<std::uint8_t, 64> id{};
    auto size = id.size();
    require(gnutls_x509_crt_get_key_id(issuer, 0, id.data(), &size));
    require(gnutls_x509_crt_set_authority_key_id(crt, id.data(), size));
}

void import(gnutls_x509_crt_t crt, const svr::Certificate& certificate) {
    const auto raw = svr::x509::datumOf(certificate.der);
    require(gnutls_x509_crt_import(crt, &raw, GNUTLS_X509_FMT_DER));
}

svr::Certificate sign(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer, const SigningKey& key) {
    require(gnutls_x509_crt_privkey_sign(crt, issuer, key.handle(), GNUTLS_DIG_SHA256, 0));
    svr::x509::Datum der;
    require(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, der.fill()));
    return *svr::readCertificate(der.view());
}

void setKey(gnutls_x509_crt_t crt, const svr::PublicKey& point) {
    const svr::x509::PublicKeyHandle key;
    const auto x = svr::x509::datumOf(ByteView{point}.first(32)), y = svr::x509::datumOf(ByteView{point}.last(32));
    require(gnutls_pubkey_import_ecc_raw(key.get(), GNUTLS_ECC_CURVE_SECP256R1, &x, &y));
    require(gnutls_x509_crt_set_pubkey(crt, key.get()));
}

/// What the end entities share; `purpose` tells their kinds apart.
svr::Certificate issueEnd(const EndEntity& subject, std::string_view purpose, const svr::RoleId* role,
                          const svr::Certificate& root, const SigningKey& rootKey, const Lifetime& lifetime,
                          Random& random) {
    const CertificateHandle crt, issuer;
    import(issuer.get(), root);
    begin(crt.get(), "uuid:" + subject.uuid.text(), lifetime, random);
    setKey(crt.get(), subject.key);
    constexpr int noPathLength = -1;
    require(gnutls_x509_crt_set_basic_constraints(crt.get(), 0, noPathLength));
    require(gnutls_x509_crt_set_key_usage(crt.get(), svr::published::kEndUsage));
    for (const auto each : {svr::oid::serverAuth, svr::oid::clientAuth, purpose})
        require(gnutls_x509_crt_set_key_purpose_oid(crt.get(), each.data(), 0));
    if (role != nullptr) {
        const auto name = subjectAltNameOf(*role);
        require(gnutls_x509_crt_set_extension_by_oid(crt.get(), GNUTLS_X509EXT_OID_SAN, name.data(),
                                                     static_cast<unsigned>(name.size()), 0));
    }
    setKeyId(crt.get());
    setIssuerKeyId(crt.get(), issuer.get());
    return sign(crt.get(), issuer.get(), rootKey);
}

} // namespace

svr::Certificate issueRoot(const SigningKey& key, std::string_view commonName, const Lifetime& lifetime,
                           Random& random) {
    const CertificateHandle crt;
    begin(crt.get(), commonName, lifetime, random);
    setKey(crt.get(), key.publicKey());
    constexpr int noPathLength = -1;
    require(gnutls_x509_crt_set_basic_constraints(crt.get(), 1, noPathLength));
    require(gnutls_x509_crt_set_key_usage(crt.get(), svr::published::kCaUsage));
    setKeyId(crt.get());
    return sign(crt.get(), crt.get(), key);
}

svr::Certificate issueIdentity(const EndEntity& subject, const svr::Certificate& root, const SigningKey& rootKey,
                               const Lifetime& lifetime, Random& random) {
    return issueEnd(subject, svr::oid::ocfIdentity, nullptr, root, rootKey, lifetime, random);
}

svr::Certificate issueRole(const EndEntity& subject, const svr::RoleId& role, const svr::Certificate& root,
                           const SigningKey& rootKey, const Lifetime& lifetime, Random& random) {
    return issueEnd(subject, svr::oid::ocfRole, &role, root, rootKey, lifetime, random);
}

Bytes issueRevocationList(const Revocations& revocations, const svr::Certificate& root, const SigningKey& rootKey) {
    const svr::x509::RevocationListHandle crl;
    constexpr unsigned version = 2;
    require(gnutls_x509_crl_set_version(crl.get(), version));
    require(gnutls_x509_crl_set_this_update(crl.get(), revocations.at.time_since_epoch().count()));
    // The next one comes when something is revoked; some verifiers take an overdue list for none, or for an error.
    require(gnutls_x509_crl_set_next_update(crl.get(), root.notAfter.time_since_epoch().count()));
    for (const auto& each : revocations.revoked) {
        const auto serial = positive(each.serial);
        require(gnutls_x509_crl_set_crt_serial(crl.get(), serial.data(), serial.size(),
                                               each.when.time_since_epoch().count()));
    }
    Bytes octets;
    for (int shift = 56; shift >= 0; shift -= 8)
        octets.push_back(static_cast<std::uint8_t>(revocations.number >> shift));
    const auto number = positive(octets);
    require(gnutls_x509_crl_set_number(crl.get(), number.data(), number.size()));
    const CertificateHandle issuer;
    import(issuer.get(), root);
    std::array<std::uint8_t, 64> id{};
    auto size = id.size();
    require(gnutls_x509_crt_get_key_id(issuer.get(), 0, id.data(), &size));
    require(gnutls_x509_crl_set_authority_key_id(crl.get(), id.data(), size));
    require(gnutls_x509_crl_privkey_sign(crl.get(), issuer.get(), rootKey.handle(), GNUTLS_DIG_SHA256, 0));
    svr::x509::Datum der;
    require(gnutls_x509_crl_export2(crl.get(), GNUTLS_X509_FMT_DER, der.fill()));
    return copyOf(der.view());
}

} // namespace ocfsecd::obt
