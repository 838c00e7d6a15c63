#include "tools/obt/access_rule.h"

#include "svr/ace_codec.h"
#include "svr/credential_codec.h"
#include "svr/validity.h"
#include "tools/obt/permission.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

Failure usage(std::string what, std::string next = "") {
    return {Reason::usage, std::move(what), std::move(next)};
}

Result<void> readSubject(const RuleText& text, AceEntry& out) {
    if (text.subject.empty() == text.role.empty())
        return usage("the rule is for one subject or one role", "add --subject or --role, not both");
    auto role = readRole(text.role, text.authority);
    if (!role)
        return role.failure();
    out.role = *std::move(role);
    if (out.role)
        return {};
    if (text.subject == "auth-crypt" || text.subject == "anon-clear")
        out.conntype = text.subject;
    else if (const auto uuid = Uuid::parse(text.subject); uuid && !uuid->isNil())
        out.uuid = uuid->text();
    else
        return usage(fmt::format("--subject \"{}\" is no UUID, auth-crypt or anon-clear", text.subject));
    return {};
}

Result<void> readResources(const RuleText& text, AceEntry& out) {
    for (const auto& path : text.hrefs)
        if (!path.starts_with('/'))
            return usage(fmt::format("--href \"{}\" does not begin with /", path));
    if (text.hrefs.empty() && text.wildcard.empty())
        return usage("the rule names no resource", "add --href or --wildcard");
    out.hrefs = text.hrefs;
    out.wildcard = text.wildcard;
    return {};
}

Result<void> readValidity(const RuleText& text, AceEntry& out) {
    if (text.valid.empty() && text.recurrences.empty())
        return {};
    if (text.valid.empty())
        return usage("--recurrence repeats a period", "add --valid with the first one");
    out.validity = svr::Validity{periodText(text.valid), text.recurrences};
    // The period alone first: so that the right option is blamed.
    if (auto period = svr::checkValidity({out.validity->period, {}}); !period)
        return usage(fmt::format("--valid \"{}\": {}", text.valid, period.failure().what),
                     "write 20261201T080000Z/20261201T180000Z or 20261201T080000Z/PT10H, in UTC");
    for (const auto& rule : text.recurrences)
        if (auto repeated = svr::checkValidity({out.validity->period, {rule}}); !repeated)
            return usage(
                fmt::format("--recurrence \"{}\": {}", rule, repeated.failure().what),
                "write \"FREQ=WEEKLY;BYDAY=MO,FR\": FREQ from DAILY to YEARLY, INTERVAL, COUNT, UNTIL, BYMONTH, "
                "BYMONTHDAY, BYDAY, WKST");
    return {};
}

bool isExtended(std::string_view time) {
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:ddZ";
    return std::ranges::equal(time, shape,
                              [](char c, char wanted) { return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted; });
}

std::string basicForm(std::string_view time) {
    std::string out{time};
    if (isExtended(time))
        std::erase_if(out, [](char c) { return c == '-' || c == ':'; });
    return out;
}

} // namespace

Result<std::optional<svr::RoleId>> readRole(const std::string& role, const std::string& authority) {
    if (role.empty() && authority.empty())
        return std::optional<svr::RoleId>{};
    if (role.empty())
        return usage("--authority says who gives a role", "add --role");
    if (role.size() > svr::kMaxCredentialText || authority.size() > svr::kMaxCredentialText)
        return usage(fmt::format("a role and its authority have at most {} octets", svr::kMaxCredentialText));
    return std::optional{svr::RoleId{role, authority.empty() ? std::nullopt : std::optional{authority}}};
}

std::string periodText(std::string_view text) {
    const auto slash = text.find('/');
    return slash == text.npos ? std::string{text}
                              : basicForm(text.substr(0, slash)) + '/' + basicForm(text.substr(slash + 1));
}

Result<AceEntry> readRule(const RuleText& text) {
    AceEntry out;
    for (const auto read : {readSubject, readResources, readValidity})
        if (auto done = read(text, out); !done)
            return done.failure();
    const auto permission = parsePermission(text.permission);
    if (!permission)
        return usage(fmt::format("--permission \"{}\": letters of CRUDN, or 0 … 31", text.permission));
    out.permission = *permission;
    if (auto whole = svr::readAce(aceValue(out)); !whole)
        return usage("a device would refuse this rule: " + whole.failure().what, whole.failure().next);
    return out;
}

std::string subjectText(const AceEntry& entry) {
    if (entry.role)
        return fmt::format("role {}{}", entry.role->role,
                           entry.role->authority ? " of " + *entry.role->authority : std::string{});
    return entry.uuid.empty() ? entry.conntype : entry.uuid;
}

} // namespace ocfsecd::obt
