#include "tools/obt/exit_code.h"

#include <array>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

struct Meaning {
    Exit exit;
    std::string_view text;
};
constexpr std::array kMeanings{
    Meaning{Exit::done, "done"},
    Meaning{Exit::failed, "a fault of ocf-obt itself"},
    Meaning{Exit::usage, "wrong command line"},
    Meaning{Exit::nothingFound, "nothing found by that description"},
    Meaning{Exit::choice, "several devices answered, or a confirmation is missing: say which, or --yes"},
    Meaning{Exit::refused, "refused by the device"},
    Meaning{Exit::authentication, "authentication failed: no secure session"},
    Meaning{Exit::unreachable, "no answer in time"},
    Meaning{Exit::store, "a problem with the tool's own directory"},
    Meaning{Exit::differs, "verify: the device is not as saved"},
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
    std::string out = "Exit codes:\n";
    for (const auto& meaning : kMeanings)
        out += fmt::format("  {}  {}\n", static_cast<int>(meaning.exit), meaning.text);
    return out;
}

} // namespace ocfsecd::obt
