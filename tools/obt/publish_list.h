#pragma once
// Gives a device this CA's list of revoked certificates (/oic/sec/crl, facts 2.11). No socket, no disk.

#include "tools/obt/certifiable.h"
#include "tools/obt/revoked_certificates.h"

namespace ocfsecd::obt {

struct Publication {
    svr::Certificate root;
    KeptList list;
    Managed managed;
    bool managesAccess = false; ///< `managed.self` may give itself the rule that is missing
};

struct Published {
    bool written = false; ///< else the device had it already
    /// The device has a list of this CA with that number or a greater one: this home is older than it. Nothing was
    /// written; what it revokes has to be added here first.
    std::optional<svr::RevocationList> newer;
};

/// `session`: as `managed.self`, in RFPRO or RFNOP. The list of another CA is never replaced: Reason::precondition; one
/// without access gets told which rule is missing: Reason::notAuthorised.
Result<Published> publishList(Session& session, const Publication& publication);

} // namespace ocfsecd::obt
