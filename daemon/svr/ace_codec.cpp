#include "svr/ace_codec.h"

#include "svr/properties.h"
#include "svr/validity.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

Failure unknownMember(std::string_view where) {
    return {Reason::unknownProperty, fmt::format("{} has a member this device does not know", where),
            "send only the members of the resource's model"};
}

/// Absent, null or an empty array (facts 2.5: "nothing").
bool isNothing(const cbor::Value& value) {
    return value.isNull() || (value.array() != nullptr && value.array()->empty());
}

Result<AceSubject> readRole(const cbor::Map& map) {
    RoleId role;
    for (const auto& [key, value] : map) {
        const bool isRole = key.text() == "role";
        auto text = readText(value, isRole ? "subject.role" : "subject.authority", kMaxAceText);
        if (!text)
            return text.failure();
        if (isRole)
            role.role = *std::move(text);
        else
            role.authority = *std::move(text);
    }
    if (role.role.empty())
        return malformed("subject.role", "a name");
    return AceSubject{std::move(role)};
}

Result<AceSubject> readSubject(const cbor::Value& subject) {
    const auto* map = subject.map();
    if (map == nullptr)
        return malformed("subject", "a map");
    for (const auto& [key, value] : *map) {
        const auto member = keyOf(key);
        if (!member)
            return member.failure();
        if (*member != "uuid" && *member != "role" && *member != "authority" && *member != "conntype")
            return unknownMember("subject");
    }
    const auto* uuid = subject.find("uuid");
    const auto* role = subject.find("role");
    const auto* conntype = subject.find("conntype");
    const int kinds = (uuid != nullptr) + (role != nullptr) + (conntype != nullptr);
    const bool authority = subject.find("authority") != nullptr;
    if (kinds != 1 || (authority && role == nullptr))
        return malformed("subject", "exactly one of uuid, role (with or without authority), conntype");
    if (role != nullptr)
        return readRole(*map);
    if (uuid != nullptr) {
        const auto value = readUuid(*uuid, "subject.uuid");
        return value ? Result<AceSubject>{AceSubject{*value}} : value.failure();
    }
    for (const auto type : {ConnType::authCrypt, ConnType::anonClear})
        if (conntype->text() == nameOf(type))
            return AceSubject{type};
    return malformed("subject.conntype", "auth-crypt or anon-clear");
}

/// Facts 2.5: only `["*"]` is no restriction; ignoring a narrower filter would widen access.
bool isAnything(const cbor::Value& value) {
    return value.array() != nullptr && value.array()->size() == 1 && value.array()->front().text() == "*";
}

Result<void> readResourceMember(std::string_view member, const cbor::Value& value, AceResource& out) {
    if (member == "href") {
        auto href = readText(value, "href", kMaxHref);
        if (!href)
            return href.failure();
        if (!href->starts_with('/'))
            return malformed("href", "a path that begins with /");
        out.href = *std::move(href);
        return {};
    }
    if (member == "wc") {
        const auto text = value.text();
        if (text != "*" && text != "+" && text != "-")
            return malformed("wc", "one of * + -");
        out.wc = static_cast<Wildcard>(text->front());
        return {};
    }
    if (member != "if" && member != "rt")
        return unknownMember("an element of resources");
    return isAnything(value) ? Result<void>{}
                             : malformed(fmt::format("{} inside resources", member), "[\"*\"] or left out");
}

Result<AceResource> readResource(const cbor::Value& value) {
    if (value.map() == nullptr)
        return malformed("an element of resources", "a map");
    AceResource out;
    for (const auto& [key, member] : *value.map()) {
        const auto name = keyOf(key);
        if (!name)
            return name.failure();
        if (auto read = readResourceMember(*name, member, out); !read)
            return read.failure();
    }
    if (!out.href && !out.wc)
        return malformed("an element of resources", "a map with href or wc");
    return out;
}

Result<void> readResources(const cbor::Value& value, RequestedAce& out) {
    if (isNothing(value))
        return {};
    if (value.array() == nullptr)
        return malformed("resources", "an array");
    if (value.array()->size() > kMaxAceResources)
        return Failure{Reason::tooLarge, fmt::format("an ACE has at most {} resources", kMaxAceResources),
                       "spread them over several ACEs"};
    for (const auto& item : *value.array()) {
        auto resource = readResource(item);
        if (!resource)
            return resource.failure();
        out.ace.resources.push_back(*std::move(resource));
    }
    return {};
}

Result<void> readId(const cbor::Value& value, RequestedAce& out) {
    const auto id = readInteger(value, "aceid", 1, kMaxAceId);
    if (!id)
        return id.failure();
    out.id = AceId{static_cast<std::uint32_t>(*id)};
    return {};
}

Result<void> readAceSubject(const cbor::Value& value, RequestedAce& out) {
    auto subject = readSubject(value);
    if (!subject)
        return subject.failure();
    out.ace.subject = *std::move(subject);
    return {};
}

Result<void> readPermission(const cbor::Value& value, RequestedAce& out) {
    const auto bits = readInteger(value, "permission", 0, permission::all);
    if (!bits)
        return bits.failure();
    out.ace.permission = static_cast<std::uint8_t>(*bits);
    return {};
}

Result<void> readTag(const cbor::Value& value, RequestedAce& out) {
    auto tag = readText(value, "tag", kMaxAceText);
    if (!tag)
        return tag.failure();
    out.ace.tag = *std::move(tag);
    return {};
}

Result<Validity> readOneValidity(const cbor::Value& value) {
    const auto* period = value.map() != nullptr ? value.find("period") : nullptr;
    if (period == nullptr || !period->text())
        return malformed("an element of validity", "a map with period");
    for (const auto& [key, member] : *value.map())
        if (key.text() != "period" && key.text() != "recurrence") // ignoring it would widen access
            return malformed("an element of validity", "a map of period and recurrence");
    Validity out{std::string{*period->text()}, {}};
    if (const auto* recurrence = value.find("recurrence"); recurrence != nullptr && !isNothing(*recurrence)) {
        if (recurrence->array() == nullptr || recurrence->array()->size() > kMaxRecurrences)
            return malformed("validity.recurrence", fmt::format("an array of at most {} texts", kMaxRecurrences));
        for (const auto& rule : *recurrence->array()) {
            if (!rule.text())
                return malformed("validity.recurrence", "an array of texts");
            out.recurrence.emplace_back(*rule.text());
        }
    }
    if (auto checked = checkValidity(out); !checked)
        return checked.failure();
    return out;
}

/// What would not be honoured is refused: ignoring it would widen access (facts 3.3).
Result<void> readValidity(const cbor::Value& value, RequestedAce& out) {
    if (isNothing(value))
        return {};
    if (value.array() == nullptr || value.array()->size() > kMaxValidities)
        return malformed("validity", fmt::format("an array of at most {} periods", kMaxValidities));
    for (const auto& item : *value.array()) {
        auto validity = readOneValidity(item);
        if (!validity)
            return validity.failure();
        out.ace.validity.push_back(*std::move(validity));
    }
    return {};
}

cbor::Value representation(const std::vector<Validity>& validities) {
    cbor::Array out;
    for (const auto& validity : validities) {
        cbor::Map item{{"period", validity.period}};
        if (!validity.recurrence.empty()) {
            cbor::Array rules;
            for (const auto& rule : validity.recurrence)
                rules.emplace_back(rule);
            item.emplace_back("recurrence", std::move(rules));
        }
        out.emplace_back(std::move(item));
    }
    return out;
}

/// Facts Q26: a conformance tool puts href beside resources; it has no meaning there.
Result<void> ignoreStrayHref(const cbor::Value& value, RequestedAce&) {
    return value.text() ? Result<void>{} : malformed("href", "text");
}

struct MemberRow {
    std::string_view name;
    bool required;
    Result<void> (*read)(const cbor::Value& value, RequestedAce& out);
};
constexpr MemberRow kMembers[] = {
    {"subject", true, readAceSubject}, {"permission", true, readPermission}, {"resources", false, readResources},
    {"aceid", false, readId},          {"validity", false, readValidity},    {"tag", false, readTag},
    {"href", false, ignoreStrayHref},
};

} // namespace

Result<RequestedAce> readAce(const cbor::Value& value) {
    if (value.map() == nullptr)
        return malformed("an element of aclist2", "a map");
    RequestedAce out;
    for (const auto& [key, member] : *value.map()) {
        const auto name = keyOf(key);
        if (!name)
            return name.failure();
        const auto row = std::ranges::find(kMembers, *name, &MemberRow::name);
        if (row == std::end(kMembers))
            return unknownMember("an element of aclist2");
        if (auto read = row->read(member, out); !read)
            return read.failure();
    }
    for (const auto& row : kMembers)
        if (row.required && value.find(row.name) == nullptr)
            return Failure{Reason::malformed, fmt::format("an ACE has no {}", row.name),
                           fmt::format("send {}", row.name)};
    return out;
}

cbor::Value representation(const Ace& ace) {
    cbor::Map subject;
    if (const auto* uuid = std::get_if<Uuid>(&ace.subject)) {
        subject.emplace_back("uuid", uuid->text());
    } else if (const auto* role = std::get_if<RoleId>(&ace.subject)) {
        subject.emplace_back("role", role->role);
        if (role->authority)
            subject.emplace_back("authority", *role->authority);
    } else {
        subject.emplace_back("conntype", nameOf(std::get<ConnType>(ace.subject)));
    }
    cbor::Array resources;
    for (const auto& resource : ace.resources) {
        cbor::Map item;
        if (resource.href)
            item.emplace_back("href", *resource.href);
        if (resource.wc)
            item.emplace_back("wc", std::string(1, static_cast<char>(*resource.wc)));
        resources.emplace_back(std::move(item));
    }
    cbor::Map out{
        {"aceid", numberOf(ace.id)},
        {"subject", std::move(subject)},
        {"resources", std::move(resources)},
        {"permission", std::int64_t{ace.permission}},
    };
    if (!ace.validity.empty())
        out.emplace_back("validity", representation(ace.validity));
    if (!ace.tag.empty())
        out.emplace_back("tag", ace.tag);
    return out;
}

} // namespace ocfsecd::svr
