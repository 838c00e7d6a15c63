#pragma once
// What the commands that change one device have in common: find it, ask, act, tell.

#include "tools/ocfctl/commands/commands.h"

namespace ocfsecd::ctl {

/// The device that `wanted` names, by index or UUID; the only one when it is empty.
/// Reason::notFound, Reason::limitReached: none or several.
Result<unsigned> choose(const Snapshot& snapshot, const std::string& wanted);

struct Act {
    std::string_view question; ///< "{}" stands for the device
    std::string_view done;     ///< what to tell afterwards; the same
    Result<void> (DaemonProxy::*method)(unsigned device);
};

Result<Exit> carryOut(const Tool& tool, const std::string& wanted, const Act& act);

} // namespace ocfsecd::ctl
