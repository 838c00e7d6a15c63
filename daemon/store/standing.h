#pragma once
// How a snapshot stands to the TPM's counters: the start-up rules of design section 4, as one pure function.

#include "store/snapshot.h"

namespace ocfsecd::store {

enum class Standing {
    current,        ///< this is the state
    transitionToDo, ///< written, its counter not advanced: roll forward
    ownershipToDo,  ///< an ownership's first snapshot, the epoch not advanced: roll forward
    resetDone,      ///< the mark of a reset that ended, left over
    older,          ///< from before the present state
    ahead,          ///< from a future this TPM does not have: another TPM's, or its counters were tampered with
};

/// An odd epoch is an ownership.
constexpr bool isOwned(const tpm::Counters& counters) {
    return counters.epoch % 2 == 1;
}

Standing standingOf(const Header& header, const tpm::Counters& now);

} // namespace ocfsecd::store
