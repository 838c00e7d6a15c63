#pragma once
// Gives a device its identity certificate: asks for its request, writes root and certificate, proves them by a session
// in which both sides show theirs. No socket, no disk: both stand behind interfaces.

#include "tools/obt/certifiable.h"

namespace ocfsecd::obt {

struct CertifyPlan {
    Uuid self; ///< owns cred
    Uuid device;
    svr::Certificate root;
    /// Makes the certificate, or says why this key gets none.
    std::function<Result<svr::Certificate>(const EndEntity&)> issue;
    /// A session of `self` in which both sides show certificates under that root. Called after `issue`.
    std::function<Result<std::unique_ptr<Session>>(Peer&)> open;
};

struct Certified {
    svr::Certificate certificate;
    std::size_t replaced = 0;        ///< older ones of this CA, its former roots among them, that were removed
    std::optional<Failure> leftover; ///< why an older one is still there
};

/// What the run tells while it goes.
using TellStep = std::function<void(std::string_view)>;

/// `session`: as `self`, in RFPRO or RFNOP. After a failure the device has what it had before, or the failure says that
/// and why it has not.
Result<Certified> certify(Peer& peer, Session& session, const CertifyPlan& plan, const TellStep& step);

} // namespace ocfsecd::obt
