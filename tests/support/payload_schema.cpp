#include "payload_schema.h"

#include "base/uuid.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>

namespace ocfsecd::test::payload {

namespace {

using cbor::Value;

class Reading {
public:
    Reading(Direction direction, bool tolerant) : direction_{direction}, tolerant_{tolerant} {}

    void object(std::string_view form, const Value& value, const std::string& at) {
        const auto* map = value.map();
        if (map == nullptr)
            return complain(at, "is no object", value);
        for (const auto& [key, member] : *map) {
            const auto name = key.text().value_or("(no text)");
            const auto row =
                std::ranges::find_if(kRows, [&](const Row& r) { return r.form == form && r.name == name; });
            const auto place = fmt::format("{}.{}", at, name);
            if (row != std::end(kRows))
                one(*row, member, place);
            else if (direction_ == Direction::answer || !tolerant_)
                complain(place, "is unknown", member);
        }
        for (const auto& row : kRows) {
            const bool wanted =
                row.when == When::always || (row.when == When::answered && direction_ == Direction::answer);
            if (row.form == form && wanted && value.find(row.name) == nullptr)
                complain(fmt::format("{}.{}", at, row.name), "is missing", value);
        }
    }

    void objects(std::string_view form, const Value& value, const std::string& at) {
        if (direction_ == Direction::request && value.isNull())
            return; // facts Q5
        const auto* list = value.array();
        if (list == nullptr)
            return complain(at, "is no array", value);
        for (std::size_t i = 0; i < list->size(); ++i)
            if (const auto* map = (*list)[i].map(); direction_ == Direction::answer || map == nullptr || !map->empty())
                object(form, (*list)[i], fmt::format("{}[{}]", at, i)); // facts 2.4: an empty entry is skipped
    }

    std::vector<std::string> take() { return std::move(misfits_); }

private:
    void one(const Row& row, const Value& value, const std::string& at) {
        if (row.when == When::sent && direction_ == Direction::answer)
            return complain(at, "is never answered", value);
        switch (row.kind) {
        case Kind::boolean:
            return require(value.boolean().has_value(), at, "is no boolean", value);
        case Kind::integer:
            return integer(row, value, at);
        case Kind::integers:
            return each(value, at, [&](const Value& item) { integer(row, item, at); });
        case Kind::text:
            return text(row, value, at);
        case Kind::texts:
            return each(value, at, [&](const Value& item) { text(row, item, at); });
        case Kind::uuid:
            return require(isUuid(value), at, "is no UUID in text", value);
        case Kind::anyUuid:
            return require(isUuid(value) || value.text() == "*", at, "is neither a UUID nor \"*\"", value);
        case Kind::secret:
            return secret(value, at);
        case Kind::object:
            return object(row.names, value, at);
        case Kind::objects:
            return objects(row.names, value, at);
        }
    }

    void integer(const Row& row, const Value& value, const std::string& at) {
        const auto number = value.integer();
        require(number && *number >= row.least && *number <= row.most, at,
                fmt::format("is no integer from {} to {}", row.least, row.most), value);
    }

    void text(const Row& row, const Value& value, const std::string& at) {
        const auto said = value.text();
        require(said.has_value(), at, "is no text", value);
        if (said && !row.names.empty())
            require(fmt::format(" {} ", row.names).find(fmt::format(" {} ", *said)) != std::string::npos, at,
                    fmt::format("is none of: {}", row.names), value);
    }

    /// A key goes in and never comes out. What a misfit says shows none.
    void secret(const Value& value, const std::string& at) {
        const auto octets = value.bytes();
        const auto said = value.text();
        if (!octets && !said)
            misfits_.push_back(at + " is neither octets nor text");
        else if (direction_ == Direction::answer && (octets ? !octets->empty() : !said->empty()))
            misfits_.push_back(at + " is not empty");
    }

    template <class Check>
    void each(const Value& value, const std::string& at, Check check) {
        const auto* list = value.array();
        if (list == nullptr)
            return complain(at, "is no array", value);
        for (const auto& item : *list)
            check(item);
    }

    static bool isUuid(const Value& value) {
        const auto said = value.text();
        return said && said->size() == 36 && Uuid::parse(*said).has_value();
    }
    void require(bool holds, const std::string& at, std::string_view what, const Value& value) {
        if (!holds)
            complain(at, what, value);
    }
    void complain(const std::string& at, std::string_view what, const Value& value) {
        misfits_.push_back(fmt::format("{} {}: {}", at, what, cbor::diagnostic(value).substr(0, 200)));
    }

    Direction direction_;
    bool tolerant_;
    std::vector<std::string> misfits_;
};

/// The two properties every resource has for ?if=oic.if.baseline.
Value withoutCommon(const Value& body) {
    auto out = body;
    if (auto* map = out.map())
        std::erase_if(*map, [](const auto& member) {
            const auto& [key, value] = member;
            return (key.text() == "rt" || key.text() == "if") && value.array() != nullptr;
        });
    return out;
}

nlohmann::json toJson(const Value& value) {
    if (const auto* map = value.map()) {
        auto out = nlohmann::json::object();
        for (const auto& [key, member] : *map)
            out[std::string{key.text().value_or("")}] = toJson(member);
        return out;
    }
    if (const auto* array = value.array()) {
        auto out = nlohmann::json::array();
        for (const auto& item : *array)
            out.push_back(toJson(item));
        return out;
    }
    if (const auto octets = value.bytes())
        return toHex(*octets);
    if (const auto said = value.text())
        return std::string{*said};
    if (const auto number = value.integer())
        return *number;
    if (const auto truth = value.boolean())
        return *truth;
    return nullptr;
}

} // namespace

std::vector<std::string> misfits(std::string_view href, Direction direction, const Value& body) {
    if (href == "/oic/res") {
        Reading reading{direction, false};
        const auto* list = body.array();
        const bool baseline = list != nullptr && list->size() == 1 && list->front().find("links") != nullptr;
        reading.objects(baseline ? "res" : "link", body, "/oic/res");
        return reading.take();
    }
    const auto resource = std::ranges::find(kResources, href, &Resource::href);
    if (resource == std::end(kResources))
        return {};
    Reading reading{direction, resource->tolerant};
    reading.object(resource->form, direction == Direction::answer ? withoutCommon(body) : body, std::string{href});
    return reading.take();
}

void record(std::string_view href, Direction direction, const Value& body) {
    const char* file = std::getenv("OCFSECD_PAYLOADS");
    if (file == nullptr)
        return;
    const nlohmann::json line{{"href", std::string{href}},
                              {"direction", direction == Direction::answer ? "answer" : "request"},
                              {"body", toJson(body)}};
    std::ofstream{file, std::ios::app} << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                                       << std::flush;
}

} // namespace ocfsecd::test::payload
