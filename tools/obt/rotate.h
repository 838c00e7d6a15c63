#pragma once
// Replaces this identity's own key on a device, never losing the old one before the new one is proven (Q38).

#include "tools/obt/credentials.h"
#include "tools/obt/reach.h"

namespace ocfsecd::obt {

/// Both keys are durable here before the device is told; a new session proves the new one; then the old one goes.
/// Ends the session it is given.
Result<void> rotateKey(Tool& tool, Reached reached);

} // namespace ocfsecd::obt
