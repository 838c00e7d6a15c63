#pragma once
// An access rule as people write it on the command line, read into the entry that is sent (facts 2.5). Pure: what the
// device would refuse is refused before anything is sent.

#include "base/result.h"
#include "tools/obt/requests.h"

namespace ocfsecd::obt {

struct RuleText {
    std::string subject; ///< a UUID, "auth-crypt" or "anon-clear"
    std::string role;    ///< instead of the subject
    std::string authority;
    std::vector<std::string> hrefs;
    std::string wildcard;
    std::string permission;
    std::string valid; ///< a period; empty: always
    std::vector<std::string> recurrences;
};

/// --role and --authority; nothing for none. Reason::usage.
Result<std::optional<svr::RoleId>> readRole(const std::string& role, const std::string& authority);

/// Reason::usage names the option and what it wants.
Result<AceEntry> readRule(const RuleText& text);
/// Whom it is for, for people: "role watering of Garden", "auth-crypt".
std::string subjectText(const AceEntry& entry);

/// RFC 5545's form of a period in UTC: "20261201T080000Z/20261201T180000Z" or "20261201T080000Z/PT10H". The form of ISO
/// 8601 with hyphens and colons is taken as well; nothing else is changed or judged.
std::string periodText(std::string_view text);

} // namespace ocfsecd::obt
