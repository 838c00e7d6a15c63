#pragma once
// From what a device reports to its auditable events (facts 8.4), and when they go to the disk. Pure.

#include "base/coalescer.h"
#include "ocf/effects.h"
#include "svr/audit_log.h"

#include <utility>

namespace ocfsecd::ocf {

/// How one kind of report looks in the list.
struct AuditRule {
    std::string_view aeid;
    int category = 0;
    int priority = 0;
    std::string_view message; ///< empty: the report's own text
};
/// The rule of a report. OB-*, DEV-*, SVR-* and COMM-2 are ours: the official table was not available (facts U5).
const AuditRule& auditRuleOf(const Event& event);

class AuditTrail {
public:
    /// `every`: strangers' repetitions are put together for so long, and the disk is written no oftener.
    AuditTrail(std::size_t maxspace, Duration every);

    void record(const Event& event, const svr::Ael& filters, svr::WallTime time, TimePoint now);
    /// Records what was put together and is due.
    void tick(const svr::Ael& filters, svr::WallTime time, TimePoint now);
    std::optional<TimePoint> deadline() const;
    void clear(); ///< RESET (facts 1.5)
    const svr::AuditLog& log() const { return log_; }

    /// What a former life wrote. Reason::stateCorrupt.
    Result<void> restore(ByteView octets) { return log_.restore(octets); }
    /// What has been recorded since the last call.
    std::vector<svr::AuditEntry> takeRecorded() { return std::exchange(recorded_, {}); }
    /// The list as it is to be written, when it has changed and its time has come.
    std::optional<Bytes> takeUnwritten(TimePoint now);
    std::optional<TimePoint> writeDeadline() const;
    void writeAtOnce() { writeFrom_ = {}; } ///< the end is near
    void notWritten() { unwritten_ = true; }

private:
    void add(const Event& event, std::size_t more, const svr::Ael& filters, svr::WallTime time);

    Duration every_;
    svr::AuditLog log_;
    Coalescer<Event> strangers_;
    std::vector<svr::AuditEntry> recorded_;
    bool unwritten_ = false;
    TimePoint writeFrom_{};
};

} // namespace ocfsecd::ocf
