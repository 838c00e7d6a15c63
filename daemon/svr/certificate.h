#pragma once
// X.509 certificates as values: read once, then every rule is a comparison. Reading is GnuTLS's work.

#include "base/bytes.h"
#include "base/result.h"
#include "base/uuid.h"
#include "svr/wall_time.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace ocfsecd::svr {

/// Octets of one certificate: 3072 characters of PEM (facts 2.4) hold no more.
inline constexpr std::size_t kMaxCertificate = 2304;
/// Certificates a peer or a credential may send: leaf, two intermediates, root.
inline constexpr std::size_t kMaxChain = 4;

/// A point of secp256r1: both coordinates, 32 octets each.
using PublicKey = std::array<std::uint8_t, 64>;

/// Object identifiers of facts 6.4.
namespace oid {
inline constexpr std::string_view ecdsaWithSha256 = "1.2.840.10045.4.3.2", serverAuth = "1.3.6.1.5.5.7.3.1",
                                  clientAuth = "1.3.6.1.5.5.7.3.2", ocfIdentity = "1.3.6.1.4.1.44924.1.6",
                                  ocfRole = "1.3.6.1.4.1.44924.1.7", anyPurpose = "2.5.29.37.0",
                                  ocfPolicy = "1.3.6.1.4.1.51414.0.1.2";
}

/// Bits of keyUsage as GnuTLS numbers them (RFC 5280 section 4.2.1.3).
namespace usage {
inline constexpr unsigned digitalSignature = 128, keyAgreement = 8, keyCertSign = 4, crlSign = 2;
}

struct Certificate {
    Bytes der;
    int version = 0;
    std::string signatureAlgorithm; ///< dotted
    std::optional<PublicKey> key;   ///< nothing: no valid key on secp256r1
    Bytes serial;                   ///< as it is encoded, two's complement
    WallTime notBefore{}, notAfter{};
    Bytes subject, issuer; ///< DER names
    struct KeyUsage {
        unsigned bits = 0;
        bool critical = false;
        bool operator==(const KeyUsage&) const = default;
    };
    std::optional<KeyUsage> keyUsage;
    struct BasicConstraints {
        bool ca = false;
        std::optional<unsigned> pathLength;
        bool operator==(const BasicConstraints&) const = default;
    };
    std::optional<BasicConstraints> basicConstraints;
    std::vector<std::string> purposes; ///< extKeyUsage
    std::vector<std::string> policies;
    std::vector<Bytes> directoryNames; ///< of subjectAltName, DER
    bool unknownCritical = false;      ///< a critical extension this device does not know
    Bytes signedPart, signature;

    bool selfIssued() const { return equal(subject, issuer); } ///< by bytes (facts 6.4)
    bool operator==(const Certificate& other) const { return equal(der, other.der); }
};

/// Reason::malformed for what is no certificate at all; what a certificate says is judged by its profile.
Result<Certificate> readCertificate(ByteView der);
/// The DER of every certificate of a PEM text, in its order. Reason::malformed for none, too many, broken ones and for
/// anything that is no certificate, private keys above all.
Result<std::vector<Bytes>> readPem(std::string_view pem);
/// One certificate, or what else is called so, as text (RFC 7468).
std::string toPem(ByteView der, std::string_view label = "CERTIFICATE");
Result<std::vector<Certificate>> readCertificates(const std::vector<Bytes>& ders);

/// The UUID behind "uuid:" in the common name (facts 6.4); nothing when there is none or more than one common name.
std::optional<Uuid> uuidIn(const Certificate& certificate);
/// For sentences: the common name, or "without a name".
std::string nameOf(const Certificate& certificate);
std::string issuerNameOf(const Certificate& certificate); ///< the same of who issued it
/// ECDSA with SHA-256 over `message` by `key`.
bool verifies(const PublicKey& key, ByteView message, ByteView signature);

} // namespace ocfsecd::svr
