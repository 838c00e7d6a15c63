#pragma once
// Certificates of a test's own, made with GnuTLS: right ones, and wrong ones by one field each.

#include "dtls/session.h"
#include "svr/certificate.h"
#include "svr/state.h"

#include <gnutls/x509.h>
#include <memory>

namespace ocfsecd::test {

/// A key in memory.
class TestKey {
public:
    enum class Kind { p256, p384, rsa };
    explicit TestKey(Kind kind = Kind::p256);
    gnutls_x509_privkey_t get() const { return key_.get(); }
    /// Only of P-256.
    svr::PublicKey publicKey() const;
    std::string pem() const;
    dtls::SignDigest signer() const;
    /// As the TPM would give its public area (marshalled TPM2B_PUBLIC).
    Bytes publicArea() const;

private:
    std::shared_ptr<std::remove_pointer_t<gnutls_x509_privkey_t>> key_;
};

/// The public area the TPM would give for a key with this point.
Bytes publicAreaOf(const svr::PublicKey& point);

/// What a certificate says; as it is, a right end entity of the OCF profile.
struct Specimen {
    std::string subject = "CN=uuid:5000000f-0000-4000-8000-000000000004"; ///< RFC 4514
    unsigned version = 3;
    gnutls_digest_algorithm_t digest = GNUTLS_DIG_SHA256;
    Bytes serial{0x01, 0x02, 0x03}; ///< as it is encoded
    svr::WallTime notBefore = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
    svr::WallTime notAfter = std::chrono::sys_days{std::chrono::year{2030} / 1 / 1};
    std::optional<unsigned> keyUsage = GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_AGREEMENT;
    bool keyUsageCritical = true;
    std::optional<bool> ca = false;
    int pathLength = -1;
    std::vector<std::string> purposes{"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.4.1.44924.1.6"};
    std::vector<std::string> policies;
    std::vector<svr::RoleId> roles; ///< directory names of subjectAltName
    Bytes subjectAltName;           ///< instead of roles: the extension as it is
    std::string unknownExtension;   ///< critical, with this OID
};
Specimen endEntity(const Uuid& uuid);
/// One that carries roles.
Specimen roleHolder(const Uuid& uuid, std::vector<svr::RoleId> roles);
Specimen authority(std::string subject, int pathLength = -1);

/// A certificate, its key, and what stands above it.
struct Issued {
    Bytes der;
    TestKey key;
    std::vector<Bytes> above; ///< issuer first, with the root

    /// Leaf first.
    std::vector<Bytes> chain(bool withRoot = false) const;
    std::string pem(bool withRoot = false) const;
};
/// Signed by `issuer`, or by itself.
Issued issue(const Specimen& specimen, const Issued* issuer = nullptr, TestKey key = TestKey{});
/// The issuer named is not the one who signs.
Issued issueFalsely(const Specimen& specimen, const Issued& named, const TestKey& signer);

std::string pemOf(const std::vector<Bytes>& ders);
/// A request for a certificate, PEM.
std::string requestFor(const Uuid& uuid, const TestKey& key);
/// What a request says; nothing when it is none or its signature is not its key's.
struct Request {
    int version = 0;
    std::string subject;
    std::string signatureAlgorithm;
    svr::PublicKey key{};
};
std::optional<Request> readRequest(const std::string& pem);
/// The chain for a request, without the root.
std::vector<Bytes> certify(const std::string& request, const Specimen& specimen, const Issued& issuer);
/// A revocation list of `issuer` in DER.
Bytes revocationList(const Issued& issuer, const std::vector<Bytes>& serials, const TestKey* signer = nullptr);

/// The DER name of a directory name of subjectAltName, and the extension around several.
Bytes directoryName(const svr::RoleId& role);
Bytes subjectAltName(const std::vector<Bytes>& names);

} // namespace ocfsecd::test
