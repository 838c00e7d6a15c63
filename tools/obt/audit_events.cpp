#include "tools/obt/audit_events.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

struct CategoryRow {
    std::int64_t bit;
    std::string_view name;
};
// Facts 8.2.
constexpr std::array kCategories{
    CategoryRow{0x01, "access-control"}, CategoryRow{0x02, "onboarding"}, CategoryRow{0x04, "device"},
    CategoryRow{0x08, "authentication"}, CategoryRow{0x10, "svr-change"}, CategoryRow{0x20, "cloud"},
    CategoryRow{0x40, "communication"},  CategoryRow{0x80, "reserved"},
};
constexpr std::array<std::string_view, 5> kPriorities{"critical", "error", "warning", "info", "debug"};

Result<std::string> textAt(const cbor::Value& map, std::string_view key) {
    const auto* value = map.find(key);
    if (value == nullptr || !value->text())
        return Failure{Reason::malformed, fmt::format("an event of the device has no usable \"{}\"", key), ""};
    return std::string{*value->text()};
}

Result<std::int64_t> numberAt(const cbor::Value& map, std::string_view key) {
    const auto* value = map.find(key);
    if (value == nullptr || !value->integer())
        return Failure{Reason::malformed, fmt::format("the device's /oic/sec/ael has no usable \"{}\"", key), ""};
    return *value->integer();
}

Result<AuditEvent> parseEvent(const cbor::Value& value) {
    AuditEvent out;
    struct Member {
        std::string_view key;
        std::string* to;
    };
    for (const auto& [key, to] : {Member{"aeid", &out.id}, {"timestamp", &out.timestamp}, {"message", &out.message}}) {
        auto text = textAt(value, key);
        if (!text)
            return text.failure();
        *to = *std::move(text);
    }
    const auto category = numberAt(value, "category"), priority = numberAt(value, "priority");
    if (!category || !priority)
        return category ? priority.failure() : category.failure();
    out.category = *category;
    out.priority = *priority;
    if (const auto* details = value.find("auxiliaryinfo"); details != nullptr && details->array() != nullptr)
        for (const auto& detail : *details->array())
            if (detail.text())
                out.details.emplace_back(*detail.text());
    return out;
}

} // namespace

Result<AuditEvents> parseAuditEvents(const cbor::Value& body) {
    AuditEvents out;
    const auto* list = body.find("events");
    if (list == nullptr || list->array() == nullptr)
        return Failure{Reason::malformed, "the device's /oic/sec/ael has no usable \"events\"", ""};
    for (const auto& entry : *list->array()) {
        auto event = parseEvent(entry);
        if (!event)
            return event.failure();
        out.events.push_back(*std::move(event));
    }
    struct Member {
        std::string_view key;
        std::int64_t* to;
    };
    for (const auto& [key, to] : {Member{"usedspace", &out.usedSpace},
                                  {"maxspace", &out.maxSpace},
                                  {"categoryfilter", &out.categoryFilter},
                                  {"priorityfilter", &out.priorityFilter}}) {
        const auto number = numberAt(body, key);
        if (!number)
            return number.failure();
        *to = *number;
    }
    return out;
}

std::string categoryText(std::int64_t bits) {
    std::vector<std::string_view> names;
    for (const auto& row : kCategories)
        if ((bits & row.bit) != 0)
            names.push_back(row.name);
    if (names.empty() || (bits & ~kAllCategories) != 0)
        return fmt::format("{:#x}", bits);
    return fmt::format("{}", fmt::join(names, ","));
}

std::string priorityText(std::int64_t priority) {
    if (priority < 0 || priority >= static_cast<std::int64_t>(kPriorities.size()))
        return fmt::format("{}", priority);
    return std::string{kPriorities[static_cast<std::size_t>(priority)]};
}

std::optional<std::int64_t> categoryNamed(std::string_view name) {
    const auto* row = std::ranges::find(kCategories, name, &CategoryRow::name);
    return row == kCategories.end() ? std::nullopt : std::optional{row->bit};
}

std::optional<std::int64_t> priorityNamed(std::string_view name) {
    const auto* found = std::ranges::find(kPriorities, name);
    return found == kPriorities.end() ? std::nullopt : std::optional{found - kPriorities.begin()};
}

std::vector<std::string> categoryNames() {
    std::vector<std::string> out;
    for (const auto& row : kCategories)
        out.emplace_back(row.name);
    return out;
}

std::vector<std::string> priorityNames() {
    return {kPriorities.begin(), kPriorities.end()};
}

} // namespace ocfsecd::obt
