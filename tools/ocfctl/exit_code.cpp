#include "tools/ocfctl/exit_code.h"

#include "tools/common/exit_codes.h"

#include <array>

namespace ocfsecd::ctl {

namespace {

constexpr cli::ExitCode meaning(Exit exit, std::string_view text) {
    return {static_cast<int>(exit), text};
}
constexpr std::array kMeanings{
    meaning(Exit::done, "done"),
    meaning(Exit::namedFailure, "status: the daemon reports a failure of the TPM or of a device's stored state"),
    meaning(Exit::usage, "wrong command line"),
    meaning(Exit::unreachable, "the daemon is not on the bus"),
    meaning(Exit::choice,
            "no such device or resource, several devices, or a confirmation is missing: say which, or --yes"),
    meaning(Exit::refused, "refused by the daemon"),
    meaning(Exit::failed, "a fault of ocfctl itself, or its output cannot be written"),
    meaning(Exit::denied, "check: the device would refuse the request"),
};

} // namespace

Exit exitFor(Reason reason) {
    switch (reason) {
    case Reason::usage:
        return Exit::usage;
    case Reason::unavailable:
    case Reason::timedOut:
        return Exit::unreachable;
    case Reason::notFound:
    case Reason::limitReached: // one device per command: there are several, or nobody confirmed
        return Exit::choice;
    case Reason::internal:
        return Exit::failed;
    default: // every other reason is the daemon's answer
        return Exit::refused;
    }
}

std::string exitCodeHelp() {
    return cli::exitCodeHelp(kMeanings);
}

} // namespace ocfsecd::ctl
