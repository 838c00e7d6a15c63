#pragma once
// What commands do over a session: read a resource, change one, change the state for the time of a change.

#include "tools/obt/answers.h"
#include "tools/obt/peer.h"
#include "tools/obt/requests.h"

#include <functional>

namespace ocfsecd::obt {

/// GET; anything but a readable 2.05 is a failure that says what was refused and why.
Result<cbor::Value> readResource(Session& session, std::string_view path, std::vector<std::string> query = {});
Result<Doxm> readDoxm(Session& session);
Result<Pstat> readPstat(Session& session);
Result<Cred> readCred(Session& session);

/// A request whose answer is only success or refusal.
Result<void> change(Session& session, coap::Request request);

/// Credentials and access rules can only be written in RFPRO (facts 2.4, 2.5): takes an operational device there, acts,
/// and takes it back, also when the act failed. In RFPRO, and where this identity may not see the state, it just
/// acts. Reason::precondition in other states.
Result<void> whileProvisioning(Session& session, const std::function<Result<void>()>& act);

/// Hard reset. Some devices end the session instead of answering (Q29), but so does one that restarts for another
/// reason: then `openAgain`, a new session with the same key, decides. Success: the key opens nothing any more.
Result<void> resetDevice(Session& session, const std::function<Result<void>()>& openAgain);

} // namespace ocfsecd::obt
