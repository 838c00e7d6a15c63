#include "tools/ocfctl/exit_code.h"

#include <array>
#include <fmt/format.h>

namespace ocfsecd::ctl {

namespace {

struct Meaning {
    Exit exit;
    std::string_view text;
};
constexpr std::array kMeanings{
    Meaning{Exit::done, "done"},
    Meaning{Exit::namedFailure, "status: the daemon reports a failure of the TPM or of a device's stored state"},
    Meaning{Exit::usage, "wrong command line"},
    Meaning{Exit::unreachable, "the daemon is not on the bus"},
    Meaning{Exit::choice, "no such device, several devices, or a confirmation is missing: say which, or --yes"},
    Meaning{Exit::refused, "refused by the daemon"},
    Meaning{Exit::failed, "a fault of ocfctl itself"},
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
    case Reason::malformed:
        return Exit::failed;
    default: // every other reason is the daemon's answer
        return Exit::refused;
    }
}

std::string exitCodeHelp() {
    std::string out = "Exit codes:\n";
    for (const auto& meaning : kMeanings)
        out += fmt::format("  {}  {}\n", static_cast<int>(meaning.exit), meaning.text);
    return out;
}

} // namespace ocfsecd::ctl
