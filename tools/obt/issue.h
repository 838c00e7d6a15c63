#pragma once
// Certificates made after the OCF profile (facts 6.4); what they are for and whether they may be made is decided
// elsewhere (authority.h).

#include "svr/revocation.h"
#include "tools/obt/signing_key.h"

namespace ocfsecd::obt {

/// What a certificate's common name may be long (X.520 ub-common-name).
inline constexpr std::size_t kMaxCommonName = 64;

struct Lifetime {
    svr::WallTime from, until;
};

/// A root: self-issued, without pathLen.
svr::Certificate issueRoot(const SigningKey& key, std::string_view commonName, const Lifetime& lifetime,
                           Random& random);

/// Who shall have a certificate.
struct EndEntity {
    Uuid uuid;
    svr::PublicKey key{};
};
/// The identity certificate of a device or tool: CN=uuid:<its UUID>.
svr::Certificate issueIdentity(const EndEntity& subject, const svr::Certificate& root, const SigningKey& rootKey,
                               const Lifetime& lifetime, Random& random);

/// A role certificate for the same key (facts 6.5): the role in subjectAltName.
svr::Certificate issueRole(const EndEntity& subject, const svr::RoleId& role, const svr::Certificate& root,
                           const SigningKey& rootKey, const Lifetime& lifetime, Random& random);

/// What a certificate revocation list says.
struct Revocations {
    std::int64_t number = 0; ///< greater than that of every list before
    svr::WallTime at{};
    std::vector<svr::RevokedCertificate> revoked;
};
/// The list (RFC 5280 section 5), version 2, in DER.
Bytes issueRevocationList(const Revocations& revocations, const svr::Certificate& root, const SigningKey& rootKey);

} // namespace ocfsecd::obt
