#pragma once
// What a credential manager asks a device before it gives it any certificate.

#include "tools/obt/answers.h"
#include "tools/obt/certificate_request.h"
#include "tools/obt/peer.h"

namespace ocfsecd::obt {

struct Managed {
    Uuid self; ///< owns cred
    Uuid device;
};

/// The device is who it should be and takes certificates. A CMS that may not read doxm goes on: the device itself
/// judges what it is sent. Reason::precondition.
Result<void> checkTakesCertificates(Session& session, const Uuid& device);
/// Its credentials, if they are `self`'s to manage; else Reason::notAuthorised.
Result<Cred> readManagedCred(Session& session, const Uuid& self);
/// Its certificate request, judged. A refusal names the access rule that is missing.
Result<EndEntity> askForRequest(Session& session, const Managed& managed);

/// The first certificate of an entry; nothing where there is none that can be read.
std::optional<svr::Certificate> certificateIn(const Cred::Entry& entry);
bool holds(const Cred::Entry& entry, std::string_view usage, const svr::Certificate& certificate);
bool trusts(const Cred& cred, const svr::Certificate& root);

} // namespace ocfsecd::obt
