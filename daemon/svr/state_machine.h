#pragma once
// The onboarding state machine (facts clause 1) as pure functions on DeviceState.

#include "base/random.h"
#include "svr/state.h"

namespace ocfsecd::svr {

/// May `state` go from `from` to `to`: the transition exists and its preconditions hold (facts 1.2, 1.4). `state` has
/// every other property of the same POST already applied. Same state: ok. Reason::precondition names the first thing
/// missing.
Result<void> checkTransition(const DeviceState& state, OnboardingState from, OnboardingState to);
/// The preconditions of RFPRO alone: what an onboarding tool still has to do.
Result<void> readyForRfpro(const DeviceState& state);
/// `state` with the values that entering `to` sets (facts 1.5). For RESET this is the mark: s=0, p=true, isop=false.
DeviceState enter(DeviceState state, OnboardingState to);
/// enter(state, RESET).
DeviceState enterReset(DeviceState state);
/// RESET and the fall into RFOTM: a new temporary deviceuuid and piid, everything else the manufacturer's. Nothing of
/// what was is kept, the last known good time neither: whoever resets a device cures a clock that had lied to it.
DeviceState manufacturerDefault(Random& random, const Capabilities& capabilities);
/// Must a device that finds this state at its start be reset? Yes unless it is owned in RFPRO, RFNOP or SRESET: RFOTM
/// is not durable, and an unowned doxm beside an owner's data is half a RESET (facts 1.6, SM_47).
bool needsReset(const DeviceState& stored);
/// RFOTM and RESET live in memory only (design section 4): a crash there equals a closed onboarding connection.
bool isDurable(const DeviceState& state);

} // namespace ocfsecd::svr
