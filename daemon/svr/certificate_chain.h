#pragma once
// Chains of certificates: leaf first, each issued by the next, to an anchor the device was told to trust (facts 6.4).

#include "svr/certificate_profile.h"
#include "svr/revocation.h"

namespace ocfsecd::svr {

/// What a chain is for decides the kinds of its certificates.
enum class ChainUse : std::uint8_t { identity, role, manufacturer };

/// A root certificate and the one peer it may vouch for; nothing: any (facts 6.2).
struct TrustAnchor {
    Certificate certificate;
    std::optional<Uuid> subject;
};

/// What chains are checked against.
struct ChainRules {
    ChainUse use = ChainUse::identity;
    WallTime now{};
    std::span<const TrustAnchor> anchors;
    const RevocationList* revoked = nullptr; ///< null: none was provisioned
};

/// The chain hangs together and ends in one of the anchors; the root may be included or not. Gives the leaf.
/// Reason::malformed names the certificate and the rule.
Result<Certificate> checkChain(const std::vector<Bytes>& chain, const ChainRules& rules);
/// The same for a chain whose anchor need not be there (yet): an own one, judged by its peers (facts 6.6).
Result<Certificate> checkOwnChain(const std::vector<Bytes>& chain, ChainUse use, WallTime now);

} // namespace ocfsecd::svr
