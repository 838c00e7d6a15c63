#pragma once
// Takes a device: walks the table of own_steps.h over a Peer, keeps the key, proves it (Q38). No socket, no disk: both
// stand behind interfaces.

#include "tools/obt/own_steps.h"
#include "tools/obt/peer.h"

namespace ocfsecd::obt {

/// What authenticates the onboarding connection, as far as the method needs it.
struct Assurance {
    /// Asked for once the device has been told to show its PIN.
    std::function<Result<SharedSecret>()> askPin;
    JudgeChain judge;
    Uuid current; ///< the device's temporary UUID, which salts the PIN
};

/// What the run tells while it goes.
class OwnRecord {
public:
    virtual ~OwnRecord() = default;
    virtual void step(std::string_view name) = 0;
    /// The derived key must be durable before the device commits itself; a failure stops the onboarding.
    virtual Result<void> keep(SharedSecret ownerKey) = 0;
    /// A fresh session with it was opened, and the device says that it is ours.
    virtual Result<void> proven() = 0;
    /// The device resets itself: what was kept is worthless.
    virtual void dropped() = 0;
};

/// From the selection of the method to RFPRO and the proof; with `operational` (one identity for all roles) also the
/// access rules of facts 3.6 and RFNOP. After a failure the device was told to reset itself, and the failure says so,
/// or it says what is known instead.
Result<void> own(Peer& peer, const OwnPlan& plan, const Assurance& assurance, bool operational, OwnRecord& record);

} // namespace ocfsecd::obt
