#pragma once
// Structured log. One entry is one event: its text for people, its fields for programs, its id for the catalog.
//
// Where it goes is a rule, not a guess: to journald when systemd started this very process as a service
// (SYSTEMD_EXEC_PID is our pid) or connected our stderr to the journal (JOURNAL_STREAM names stderr's device and
// inode); else, which is development, to stderr as one readable line.

#include "base/failure.h"
#include "systemd/message_ids.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ocfsecd::journal {

/// syslog(3) levels.
enum class Priority : std::uint8_t { emergency, alert, critical, error, warning, notice, info, debug };

struct Field {
    std::string_view name; ///< "OCFSECD_DEVICE": upper-case letters, digits, underscores
    std::string value;     ///< any octets; never a secret
};

struct Entry {
    Priority priority = Priority::info;
    MessageId id;     ///< none for what needs no explanation
    std::string text; ///< one sentence without a full stop; never a secret
    std::vector<Field> fields;
};

void log(const Entry& entry);
/// A failure with its reason, remedy and, for a named failure, its id. `context` says what was being done.
void log(Priority priority, std::string_view context, const Failure& failure);

/// Takes the entries instead of journald and stderr; returns the former one (nothing: the rule above).
using Sink = std::function<void(const Entry&)>;
Sink setSink(Sink sink);

/// The rule above, now.
bool connectedToJournald();
/// The line for stderr: control characters are escaped, because peers choose some of the text.
std::string toLine(const Entry& entry);

} // namespace ocfsecd::journal
