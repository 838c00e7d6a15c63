#pragma once
// The certificate profile (facts 6.4, 6.5) as a table: what each kind of certificate must, may and must not say.

#include "svr/certificate.h"

#include <span>

namespace ocfsecd::svr {

enum class CertificateKind : std::uint8_t {
    identity,        ///< end entity: a peer's, or this device's own
    role,            ///< end entity that carries roles
    manufacturer,    ///< end entity of the maker's chain
    intermediate,    ///< in an identity or role chain
    root,            ///< of an identity or role chain
    mfgIntermediate, ///< in the maker's chain
    mfgRoot,
};

/// basicConstraints.
enum class Authority : std::uint8_t {
    no,        ///< absent, or cA false; no pathLen
    zeroPath,  ///< cA true, pathLen 0
    deepPath,  ///< cA true, pathLen as deep as the chain below it
    maybePath, ///< cA true, pathLen absent or as deep as the chain below it
};

struct CertificateProfile {
    CertificateKind kind;
    std::string_view name;
    unsigned usageRequired, usageAllowed; ///< keyUsage, which is critical
    Authority authority;
    bool selfIssued; ///< only a root is
    bool uuid;       ///< the subject's common name holds "uuid:" and a UUID
    std::array<std::string_view, 3> purposesRequired;
    std::array<std::string_view, 2> purposesForbidden;
};

// clang-format off
namespace published {
inline constexpr unsigned kEndUsage = usage::digitalSignature | usage::keyAgreement;
inline constexpr unsigned kCaUsage = usage::keyCertSign | usage::crlSign;
inline constexpr unsigned kCaAllowed = kCaUsage | usage::digitalSignature;
using enum CertificateKind;

// The maker's chain needs cRLSign, others do with keyCertSign; so do the reference implementation and its peers.
// What all kinds share (version 3, ecdsa-with-SHA256, secp256r1, serial, validity) is in checkProfile().
inline constexpr std::array kCertificateProfiles{
    //                 kind             name                        keyUsage: required, allowed      basicConstraints      self   uuid   extKeyUsage: required, forbidden
    CertificateProfile{identity,        "identity certificate",     kEndUsage,          kEndUsage,   Authority::no,        false, true,  {oid::serverAuth, oid::clientAuth, oid::ocfIdentity}, {oid::ocfRole, oid::anyPurpose}},
    CertificateProfile{role,            "role certificate",         kEndUsage,          kEndUsage,   Authority::no,        false, true,  {oid::ocfRole},                                       {oid::ocfIdentity, oid::anyPurpose}},
    CertificateProfile{manufacturer,    "manufacturer certificate", kEndUsage,          kEndUsage,   Authority::no,        false, false, {oid::serverAuth, oid::clientAuth, oid::ocfIdentity}, {oid::ocfRole, oid::anyPurpose}},
    CertificateProfile{intermediate,    "intermediate certificate", usage::keyCertSign, kCaAllowed,  Authority::deepPath,  false, false, {}, {}},
    CertificateProfile{root,            "root certificate",         usage::keyCertSign, kCaAllowed,  Authority::maybePath, true,  false, {}, {}},
    CertificateProfile{mfgIntermediate, "manufacturer intermediate certificate",
                                                                    kCaUsage,           kCaAllowed,  Authority::zeroPath,  false, false, {}, {}},
    CertificateProfile{mfgRoot,         "manufacturer root certificate",
                                                                    kCaUsage,           kCaAllowed,  Authority::maybePath, true,  false, {}, {}},
};
} // namespace published
// clang-format on
using published::kCertificateProfiles;

/// What to compare a certificate's validity with.
enum class Validation : std::uint8_t {
    now,        ///< it is valid
    notExpired, ///< it may become valid: what is installed ahead of its time
};

/// Is this a certificate of that kind? `below`: how many intermediates stand between it and the leaf. Reason::malformed
/// names the certificate and the rule.
Result<void> checkProfile(const Certificate& certificate, CertificateKind kind, WallTime now, unsigned below = 0,
                          Validation validation = Validation::now);

/// "2026-12-31 23:59:59 UTC"
std::string dateOf(WallTime time);

} // namespace ocfsecd::svr
