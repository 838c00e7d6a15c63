#pragma once
// The auditable events of a device (facts 8), with their categories and priorities in words. Pure.

#include "base/result.h"
#include "cbor/value.h"

#include <string>
#include <vector>

namespace ocfsecd::obt {

struct AuditEvent {
    std::string id, timestamp, message;
    std::int64_t category = 0, priority = 0;
    std::vector<std::string> details;
};
struct AuditEvents {
    std::vector<AuditEvent> events; ///< oldest first
    std::int64_t usedSpace = 0, maxSpace = 0;
    std::int64_t categoryFilter = 0, priorityFilter = 0; ///< what the device writes down
};

/// The body of /oic/sec/ael. Reason::malformed; entries that cannot be read are left out of nothing: they fail it.
Result<AuditEvents> parseAuditEvents(const cbor::Value& body);

inline constexpr std::int64_t kAllCategories = 255, kAllPriorities = 4;
std::string categoryText(std::int64_t bits);     ///< "access control"; several with a comma; "0x100" for unknown ones
std::string priorityText(std::int64_t priority); ///< "warning"; "7" for an unknown one
/// The bit of "access-control"; nothing for no category.
std::optional<std::int64_t> categoryNamed(std::string_view name);
std::optional<std::int64_t> priorityNamed(std::string_view name);
std::vector<std::string> categoryNames(); ///< as categoryNamed() takes them
std::vector<std::string> priorityNames();

} // namespace ocfsecd::obt
