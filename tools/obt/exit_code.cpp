#include "tools/obt/exit_code.h"

#include "tools/common/exit_codes.h"

#include <array>

namespace ocfsecd::obt {

namespace {

constexpr cli::ExitCode meaning(Exit exit, std::string_view text) {
    return {static_cast<int>(exit), text};
}
constexpr std::array kMeanings{
    meaning(Exit::done, "done"),
    meaning(Exit::failed, "a fault of ocf-obt itself"),
    meaning(Exit::usage, "wrong command line"),
    meaning(Exit::nothingFound, "nothing found by that description"),
    meaning(Exit::choice, "several devices answered, or a confirmation is missing: say which, or --yes"),
    meaning(Exit::refused, "refused by the device"),
    meaning(Exit::authentication, "authentication failed: no secure session"),
    meaning(Exit::unreachable, "no answer in time"),
    meaning(Exit::store, "a problem with the tool's own directory"),
    meaning(Exit::differs, "verify: the device is not as saved, or its certificate has expired or is revoked"),
};

} // namespace

Exit exitFor(Reason reason) {
    switch (reason) {
    case Reason::usage:
        return Exit::usage;
    case Reason::notFound:
        return Exit::nothingFound;
    case Reason::limitReached: // one device per command: several answered, or nobody confirmed
        return Exit::choice;
    case Reason::handshakeFailed:
    case Reason::unknownPskIdentity:
        return Exit::authentication;
    case Reason::timedOut:
    case Reason::unavailable:
        return Exit::unreachable;
    case Reason::inputOutput:
    case Reason::configuration:
    case Reason::stateCorrupt:
    case Reason::stateMissing:
    case Reason::foreignState:
        return Exit::store;
    case Reason::internal:
        return Exit::failed;
    default: // every other reason is a device's answer
        return Exit::refused;
    }
}

std::string exitCodeHelp() {
    return cli::exitCodeHelp(kMeanings);
}

} // namespace ocfsecd::obt
