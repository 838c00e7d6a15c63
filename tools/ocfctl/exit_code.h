#pragma once
// What the program tells scripts: one number per kind of outcome.

#include "base/failure.h"

#include <string>

namespace ocfsecd::ctl {

enum class Exit : int {
    done = 0,
    namedFailure = 1, ///< `status`: the daemon runs, but reports a named failure of TPM or state
    usage = 2,        ///< wrong command line
    unreachable = 3,  ///< the daemon is not on the bus, or there is no bus
    choice = 4,       ///< no such device, several devices, or a confirmation is missing
    refused = 5,      ///< the daemon refused
    failed = 6,       ///< a fault of ocfctl itself, or an answer it does not understand
    denied = 7,       ///< `check`: the device would refuse
};

/// Which one a failure leads to.
Exit exitFor(Reason reason);
/// The table of exit codes for --help.
std::string exitCodeHelp();

} // namespace ocfsecd::ctl
