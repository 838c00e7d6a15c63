#include "svr/properties.h"

#include <fmt/format.h>

namespace ocfsecd::svr {

namespace {

/// Octets a UTF-8 sequence beginning with `first` has (RFC 3629); 0 for none.
std::size_t sequenceLength(std::uint8_t first) {
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first < 0xE0)
        return 2;
    if (first >= 0xE0 && first < 0xF0)
        return 3;
    return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

} // namespace

bool isPlainText(ByteView text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto length = sequenceLength(text[at]);
        if (length == 0 || at + length > text.size() || text[at] < 0x20 || text[at] == 0x7f)
            return false;
        for (std::size_t i = 1; i < length; ++i)
            if ((text[at + i] & 0xC0) != 0x80)
                return false;
        // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second octet.
        const bool bad = (text[at] == 0xE0 && text[at + 1] < 0xA0) || (text[at] == 0xED && text[at + 1] > 0x9F) ||
                         (text[at] == 0xF0 && text[at + 1] < 0x90) || (text[at] == 0xF4 && text[at + 1] > 0x8F);
        if (bad)
            return false;
        at += length;
    }
    return true;
}

Failure malformed(std::string_view property, std::string_view expected) {
    return {Reason::malformed, fmt::format("{} is not {}", property, expected), fmt::format("send {}", expected)};
}

Result<const cbor::Map*> bodyOf(const cbor::Value* body) {
    if (body == nullptr || body->map() == nullptr)
        return malformed("the payload", "a CBOR map");
    return body->map();
}

Result<std::string_view> keyOf(const cbor::Value& key) {
    if (const auto text = key.text())
        return *text;
    return malformed("a key of the payload", "text");
}

Result<Uuid> readUuid(const cbor::Value& value, std::string_view property) {
    const auto text = value.text();
    const auto uuid = text ? Uuid::parse(*text) : std::nullopt;
    if (!uuid)
        return malformed(property, "a UUID as text (8-4-4-4-12 hexadecimal digits)");
    return *uuid;
}

Result<bool> readBool(const cbor::Value& value, std::string_view property) {
    if (const auto boolean = value.boolean())
        return *boolean;
    return malformed(property, "true or false");
}

Result<std::int64_t> readInteger(const cbor::Value& value, std::string_view property, std::int64_t low,
                                 std::int64_t high) {
    const auto number = value.integer();
    if (!number || *number < low || *number > high)
        return malformed(property, fmt::format("an integer from {} to {}", low, high));
    return *number;
}

Result<std::string> readText(const cbor::Value& value, std::string_view property, std::size_t limit) {
    const auto text = value.text();
    if (!text || text->size() > limit || !isPlainText(viewOf(*text)))
        return malformed(property, fmt::format("text of at most {} octets", limit));
    return std::string{*text};
}

} // namespace ocfsecd::svr
