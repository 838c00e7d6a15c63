#pragma once
// The auditable events of a device (facts clause 8): a ring bounded by octets, kept beside the state. Pure.

#include "cbor/value.h"
#include "svr/state.h"
#include "svr/wall_time.h"

#include <deque>

namespace ocfsecd::svr {

/// Bits of an event's `category` and of `categoryfilter` (facts 8.2).
namespace category {
inline constexpr int accessControl = 0x01, onboarding = 0x02, device = 0x04, authentication = 0x08,
                     svrModification = 0x10, cloud = 0x20, communication = 0x40;
}
/// Smaller is more important (facts 8.2).
namespace priority {
inline constexpr int critical = 0, error = 1, warning = 2, info = 3, debug = 4;
}

/// One entry of `ael.events`.
struct AuditEntry {
    std::string aeid; ///< "AC-1"
    int category = 0;
    int priority = 0;
    WallTime time{};
    std::string message;
    std::vector<std::string> auxiliaryinfo;
    bool operator==(const AuditEntry&) const = default;
};

/// "2018-11-13T20:22:39Z" (RFC 3339).
std::string timestampOf(WallTime time);
/// The entry as on the wire; what its octets in `usedspace` are counted by.
cbor::Map representation(const AuditEntry& entry);

inline constexpr std::size_t kMinAuditSpace = 512, kDefaultAuditSpace = 2048;
/// The whole list has to fit into one answer, which has 16 KiB (coap::ServerSettings::maxBody).
inline constexpr std::size_t kMaxAuditSpace = 12 * 1024;

class AuditLog {
public:
    explicit AuditLog(std::size_t maxspace = kDefaultAuditSpace);

    /// Facts 8.3: recorded iff the filters of this moment let it pass; the oldest entries make room. One that is larger
    /// than the whole space, and one that is already there to the letter, are dropped. Tells whether it was recorded.
    bool add(const Ael& filters, AuditEntry entry);
    void clear();

    std::size_t maxspace() const { return maxspace_; }
    std::size_t usedspace() const { return usedspace_; }
    const std::deque<AuditEntry>& entries() const { return entries_; } ///< oldest first

    /// For the disk.
    Bytes encode() const;
    /// Takes what encode() wrote, the youngest that fit. Reason::stateCorrupt, and nothing is taken.
    Result<void> restore(ByteView octets);

private:
    void push(AuditEntry entry, std::size_t octets);

    std::size_t maxspace_;
    std::size_t usedspace_ = 0;
    std::deque<AuditEntry> entries_;
    std::deque<std::size_t> octets_; ///< of each entry
};

/// Does the event pass (facts 8.3)?
constexpr bool passes(const Ael& filters, int category, int priority) {
    return (filters.categoryfilter & category) != 0 && priority <= filters.priorityfilter;
}

} // namespace ocfsecd::svr
