#pragma once
// What the program tells scripts: one number per kind of outcome.

#include "base/failure.h"

#include <string>

namespace ocfsecd::obt {

enum class Exit : int {
    done = 0,
    failed = 1,         ///< a fault of the tool itself
    usage = 2,          ///< wrong command line
    nothingFound = 3,   ///< no device, subject or resource by that description
    choice = 4,         ///< several devices answered, or a confirmation is missing
    refused = 5,        ///< the device answered with an error, or with something it must not answer
    authentication = 6, ///< no secure session: wrong or unknown credential
    unreachable = 7,    ///< no answer in time
    store = 8,          ///< the tool's own directory: permissions, corrupt or missing files
    differs = 9,        ///< `verify`: the device is not as saved
};

/// Which one a failure leads to.
Exit exitFor(Reason reason);
/// The table of exit codes for --help.
std::string exitCodeHelp();

} // namespace ocfsecd::obt
