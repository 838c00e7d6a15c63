#include "tools/obt/json.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

constexpr std::string_view kBinary = "$base64";

bool isUtf8(std::string_view text) {
    // The library's own judgement: dump() throws for what is none.
    try {
        static_cast<void>(Json(text).dump());
        return true;
    } catch (const Json::type_error&) {
        return false;
    }
}

Json binary(ByteView octets) {
    return {{kBinary, toBase64(octets)}};
}

std::string keyText(const cbor::Value& key) {
    if (const auto text = key.text(); text && isUtf8(*text))
        return std::string{*text};
    return cbor::diagnostic(key);
}

Json withheld(const cbor::Value& data) {
    const auto size = data.bytes() ? data.bytes()->size() : data.text() ? data.text()->size() : std::size_t{0};
    if (size == 0)
        return "";
    return fmt::format("(withheld: {} octets)", size);
}

Json convert(const cbor::Value& value, bool isPrivate) {
    if (const auto v = value.boolean())
        return *v;
    if (const auto v = value.integer())
        return *v;
    if (const auto v = value.text())
        return isUtf8(*v) ? Json(std::string{*v}) : binary(viewOf(*v));
    if (const auto v = value.bytes())
        return binary(*v);
    if (const auto* list = value.array()) {
        Json out = Json::array();
        for (const auto& item : *list)
            out.push_back(convert(item, isPrivate));
        return out;
    }
    if (const auto* map = value.map()) {
        Json out = Json::object();
        for (const auto& [key, item] : *map) {
            const auto name = keyText(key);
            out[name] =
                isPrivate && name == "data" ? withheld(item) : convert(item, isPrivate || name == "privatedata");
        }
        return out;
    }
    if (value.isNull())
        return nullptr;
    return cbor::diagnostic(value); // floating point and what fits nowhere
}

Result<cbor::Value> convert(const Json& json, std::size_t depth) {
    if (depth == 0)
        return Failure{Reason::usage, "the payload is nested too deeply", ""};
    if (json.is_boolean())
        return cbor::Value{json.get<bool>()};
    if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX)
        return Failure{Reason::usage, "a number in the payload is too large", ""};
    if (json.is_number_integer())
        return cbor::Value{json.get<std::int64_t>()};
    if (json.is_number_float())
        return cbor::Value{json.get<double>()};
    if (json.is_string())
        return cbor::Value{json.get<std::string>()};
    if (json.is_array()) {
        cbor::Array out;
        for (const auto& item : json) {
            auto value = convert(item, depth - 1);
            if (!value)
                return value;
            out.push_back(std::move(*value));
        }
        return cbor::Value{std::move(out)};
    }
    if (json.is_object()) {
        if (json.size() == 1 && json.contains(kBinary)) {
            const auto& text = json.begin().value();
            const auto octets = text.is_string() ? fromBase64(text.get<std::string>()) : std::nullopt;
            if (!octets)
                return Failure{Reason::usage, fmt::format("\"{}\" in the payload is no base64", kBinary), ""};
            return cbor::Value{*octets};
        }
        cbor::Map out;
        for (const auto& [key, item] : json.items()) {
            auto value = convert(item, depth - 1);
            if (!value)
                return value;
            out.emplace_back(key, std::move(*value));
        }
        return cbor::Value{std::move(out)};
    }
    return cbor::Value{};
}

} // namespace

Json toJson(const cbor::Value& value) {
    return convert(value, false);
}

Result<cbor::Value> fromJson(std::string_view text) {
    const auto json = Json::parse(text, nullptr, false);
    if (json.is_discarded())
        return Failure{Reason::usage, "the payload is no JSON", "write it as '{\"name\": value}'"};
    return convert(json, cbor::Limits{}.depth);
}

} // namespace ocfsecd::obt
