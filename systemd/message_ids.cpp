#include "systemd/message_ids.h"

#include "base/bytes.h"

#include <algorithm>

namespace ocfsecd::journal {

namespace {

struct Row {
    Reason reason;
    MessageId id;
};

constexpr std::array kNamedFailures{
    Row{Reason::tpmUnavailable, id::tpmUnavailable},
    Row{Reason::ownerAuthRequired, id::ownerAuthRequired},
    Row{Reason::tpmLockout, id::tpmLockout},
    Row{Reason::policyMismatch, id::policyMismatch},
    Row{Reason::foreignState, id::foreignState},
    Row{Reason::rolledBack, id::rolledBack},
    Row{Reason::stateMissing, id::stateMissing},
    Row{Reason::stateCorrupt, id::stateCorrupt},
    Row{Reason::configuration, id::configurationError},
};

} // namespace

std::string MessageId::text() const {
    return toHex(octets_);
}

std::optional<MessageId> idOf(Reason reason) {
    const auto row = std::find_if(kNamedFailures.begin(), kNamedFailures.end(),
                                  [&](const Row& candidate) { return candidate.reason == reason; });
    return row == kNamedFailures.end() ? std::nullopt : std::optional{row->id};
}

} // namespace ocfsecd::journal
