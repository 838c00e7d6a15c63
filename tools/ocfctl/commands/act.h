#pragma once
// What the commands that change one device have in common: find it, ask, act, tell.

#include "tools/ocfctl/commands/commands.h"

namespace ocfsecd::ctl {

/// The device that `wanted` names, by index or UUID; the only one when it is empty.
/// Reason::notFound, Reason::limitReached: none or several.
Result<unsigned> choose(const Snapshot& snapshot, const std::string& wanted);

/// The daemon, and the device in it that a command is about.
struct Reached {
    DaemonProxy daemon;
    unsigned index;
    dbus::DeviceView device;
    std::string name; ///< for sentences
};
Result<Reached> reach(const Tool& tool, const std::string& wanted);
/// Tells that it is done; "{}" in the sentence stands for the device.
void tellDone(const Tool& tool, const Reached& reached, std::string_view done);

struct Act {
    std::string_view question; ///< "{}" stands for the device
    std::string_view done;     ///< what to tell afterwards; the same
    Result<void> (DaemonProxy::*method)(unsigned device);
};

Result<Exit> carryOut(const Tool& tool, const std::string& wanted, const Act& act);

} // namespace ocfsecd::ctl
