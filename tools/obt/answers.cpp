#include "tools/obt/answers.h"

#include "tools/common/shown.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

constexpr std::int64_t kSymmetricPairwise = 1;
constexpr std::size_t kMaxName = 64; // as shown in a table

std::int64_t integerOf(const cbor::Value& map, std::string_view key, std::int64_t otherwise) {
    const auto* value = map.find(key);
    return value != nullptr ? value->integer().value_or(otherwise) : otherwise;
}

bool booleanOf(const cbor::Value& map, std::string_view key) {
    const auto* value = map.find(key);
    return value != nullptr && value->boolean().value_or(false);
}

std::string textOf(const cbor::Value& map, std::string_view key) {
    const auto* value = map.find(key);
    return value != nullptr && value->text() ? std::string{*value->text()} : std::string{};
}

Uuid uuidOf(const cbor::Value& map, std::string_view key) {
    return Uuid::parse(textOf(map, key)).value_or(Uuid{});
}

std::optional<svr::RoleId> roleOf(const cbor::Value& entry) {
    const auto* id = entry.find("roleid");
    const auto role = id != nullptr ? textOf(*id, "role") : std::string{};
    if (role.empty())
        return std::nullopt;
    const auto authority = textOf(*id, "authority");
    return svr::RoleId{role, authority.empty() ? std::nullopt : std::optional{authority}};
}

Failure lacks(std::string_view resource, std::string_view property) {
    return {Reason::malformed, fmt::format("the device's {} has no usable \"{}\"", resource, property), ""};
}

struct Meaning {
    std::uint8_t code;
    Reason reason;
    std::string_view why;
    std::string_view next;
};
// What a code of an OCF device usually means (facts 2.0).
constexpr std::array kMeanings{
    Meaning{coap::code::badRequest, Reason::precondition,
            "a value it does not accept, or one that may not be written in this state", "ocf-obt status TARGET"},
    Meaning{coap::code::unauthorized, Reason::notAuthorised, "this identity may not do that in this state",
            "ocf-obt status TARGET"},
    Meaning{coap::code::forbidden, Reason::notAuthorised, "not allowed in this state", "ocf-obt status TARGET"},
    Meaning{coap::code::notFound, Reason::precondition, "no such resource or entry", ""},
    Meaning{coap::code::methodNotAllowed, Reason::methodNotAllowed, "the resource has no such method", ""},
    Meaning{coap::code::notAcceptable, Reason::notAcceptable, "it speaks neither content format 10000 nor 60", ""},
    Meaning{coap::code::tooLarge, Reason::tooLarge, "too large for it", ""},
    Meaning{coap::code::unsupportedFormat, Reason::unsupportedFormat, "it does not know the content format", ""},
    Meaning{coap::code::unavailable, Reason::busy, "it is busy", "try again in a few seconds"},
};

} // namespace

bool Doxm::offers(std::int64_t method) const {
    return std::ranges::find(oxms, method) != oxms.end();
}

const Cred::Entry* Cred::keyOf(const Uuid& subject) const {
    const auto found = std::ranges::find_if(
        entries, [&](const Entry& e) { return e.credtype == kSymmetricPairwise && Uuid::parse(e.subject) == subject; });
    return found == entries.end() ? nullptr : &*found;
}

Result<cbor::Value> bodyOf(const coap::Response& response, std::string_view what) {
    if (!succeeded(response))
        return refusal(response, what);
    auto value = cbor::decode(response.payload);
    if (!value)
        return Failure{Reason::malformed,
                       fmt::format("the answer to {} cannot be read: {}", what, value.failure().what), ""};
    return value;
}

Result<Doxm> parseDoxm(const cbor::Value& body) {
    Doxm out;
    if (const auto* methods = body.find("oxms"); methods != nullptr && methods->array() != nullptr)
        for (const auto& method : *methods->array())
            out.oxms.push_back(method.integer().value_or(-1));
    out.oxmsel = integerOf(body, "oxmsel", -1);
    out.sct = integerOf(body, "sct", 0);
    out.owned = booleanOf(body, "owned");
    out.device = uuidOf(body, "deviceuuid");
    out.devowner = uuidOf(body, "devowneruuid");
    out.rowner = uuidOf(body, "rowneruuid");
    if (out.device.isNil())
        return lacks("/oic/sec/doxm", "deviceuuid");
    if (body.find("owned") == nullptr)
        return lacks("/oic/sec/doxm", "owned");
    return out;
}

Result<Pstat> parsePstat(const cbor::Value& body) {
    const auto* dos = body.find("dos");
    if (dos == nullptr || integerOf(*dos, "s", -1) < 0)
        return lacks("/oic/sec/pstat", "dos.s");
    return Pstat{integerOf(*dos, "s", -1), booleanOf(*dos, "p"),     booleanOf(body, "isop"),
                 integerOf(body, "om", 0), integerOf(body, "sm", 0), uuidOf(body, "rowneruuid")};
}

Result<Cred> parseCred(const cbor::Value& body) {
    const auto* list = body.find("creds");
    if (list == nullptr)
        return lacks("/oic/sec/cred", "creds");
    Cred out;
    out.rowner = uuidOf(body, "rowneruuid");
    if (list->array() == nullptr)
        return out;
    for (const auto& entry : *list->array()) {
        const auto* certificates = entry.find("publicdata");
        out.entries.push_back({integerOf(entry, "credid", -1), integerOf(entry, "credtype", 0),
                               textOf(entry, "subjectuuid"), textOf(entry, "credusage"),
                               certificates != nullptr ? textOf(*certificates, "data") : std::string{}, roleOf(entry)});
    }
    return out;
}

Result<Uuid> parseRowner(const cbor::Value& body) {
    if (body.find("rowneruuid") == nullptr)
        return lacks("resource", "rowneruuid");
    return uuidOf(body, "rowneruuid");
}

std::string parseName(const cbor::Value& body) {
    auto name = textOf(body, "n");
    if (name.size() > kMaxName) { // not in the middle of a character
        auto end = kMaxName;
        while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80)
            --end;
        name.resize(end);
    }
    return cli::shown(name);
}

bool succeeded(const coap::Response& response) {
    return response.code >> 5 == 2;
}

Failure refusal(const coap::Response& response, std::string_view what) {
    const auto found = std::ranges::find(kMeanings, response.code, &Meaning::code);
    if (found == kMeanings.end())
        return {Reason::precondition,
                fmt::format("the device answered {} with {}", what, coap::codeText(response.code)), ""};
    return {found->reason,
            fmt::format("the device refused {}: {}, {}", what, coap::codeText(response.code), found->why),
            std::string{found->next}};
}

} // namespace ocfsecd::obt
