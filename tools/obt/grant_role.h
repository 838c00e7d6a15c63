#pragma once
// Gives a device a role certificate, which it asserts where it is a client (facts 6.5, 6.6). No socket, no disk.

#include "tools/obt/certifiable.h"

namespace ocfsecd::obt {

struct GrantPlan {
    Managed managed;
    svr::Certificate root;
    std::function<Result<svr::Certificate>(const EndEntity&)> issue;
};

/// `session`: as `managed.self`, in RFPRO or RFNOP. The device has to trust the root already: Reason::precondition.
/// A certificate of this root for the same role takes the place of an older one.
Result<svr::Certificate> grantRole(Session& session, const GrantPlan& plan);

} // namespace ocfsecd::obt
