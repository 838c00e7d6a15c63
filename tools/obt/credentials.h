#pragma once
// Keys a credential manager writes, over its own session: its own new one, another manager's, a pair's.

#include "base/random.h"
#include "svr/state.h"
#include "tools/obt/handover.h"
#include "tools/obt/peer.h"

namespace ocfsecd::obt {

inline constexpr std::size_t kKeySize = 16; ///< of a symmetric pair-wise key (facts 2.4)
SharedSecret makeKey(Random& random);

struct Provisioned {
    Result<void> done;
    bool mayHold = false; ///< the device has the key, or only its answer was lost: no copy may be thrown away
};
/// Replaces (by its credid) or adds the symmetric key of `subject`. In RFPRO or RFNOP. `role` is what the subject is to
/// the device by this key (roleid, facts 2.4); nothing: what it was by the key that is replaced.
Provisioned provisionKey(Session& session, const Uuid& subject, const SharedSecret& key,
                         const std::optional<svr::RoleId>& role = std::nullopt);
/// Removes the symmetric key of `subject`, found by its credid: a DELETE by subject empties some devices (Q18).
Result<void> withdrawKey(Session& session, const Uuid& subject);

/// One key for two devices; when the second refuses, it is withdrawn from the first. No copy stays. `role` is what the
/// second is to the first by this key.
Result<void> provisionPair(Session& first, const Uuid& firstDevice, Session& second, const Uuid& secondDevice,
                           Random& random, const std::optional<svr::RoleId>& role = std::nullopt);

} // namespace ocfsecd::obt
