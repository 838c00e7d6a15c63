#include "tools/common/shown.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <optional>

namespace ocfsecd::cli {

namespace {

struct Character {
    char32_t code = 0;
    std::size_t length = 1;
};

/// The first character; nothing when the octets are no UTF-8 (RFC 3629: shortest form, no surrogates).
std::optional<Character> firstOf(std::string_view text) {
    const auto octet = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
    const auto lead = octet(0);
    if (lead < 0x80)
        return Character{lead, 1};
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length)
        return std::nullopt;
    char32_t code = lead & (0x7fU >> length);
    for (std::size_t at = 1; at < length; ++at) {
        if ((octet(at) & 0xc0) != 0x80)
            return std::nullopt;
        code = code << 6 | (octet(at) & 0x3fU);
    }
    constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    if (code < kSmallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return std::nullopt;
    return Character{code, length};
}

struct Range {
    char32_t first, last;
};
/// Beyond ASCII: C1; invisible and direction-turning format characters (joiners belong to some scripts and stay); line
/// and paragraph separators; the byte order mark and interlinear annotations; tags.
constexpr std::array kUnfit{Range{0x80, 0x9f},     Range{0xad, 0xad},      Range{0x61c, 0x61c},   Range{0x200b, 0x200b},
                            Range{0x200e, 0x200f}, Range{0x2028, 0x202e},  Range{0x2060, 0x206f}, Range{0xfeff, 0xfeff},
                            Range{0xfff9, 0xfffb}, Range{0xe0000, 0xe007f}};

bool isFit(char32_t code) {
    if (code < 0x80)
        return code >= 0x20 && code != 0x7f;
    return std::ranges::none_of(kUnfit, [&](const Range& r) { return code >= r.first && code <= r.last; });
}

std::string escaped(char32_t code) {
    if (code == '\n')
        return "\\n";
    const auto number = static_cast<std::uint32_t>(code);
    return code < 0x80 ? fmt::format("\\x{:02x}", number) : fmt::format("\\u{{{:x}}}", number);
}

} // namespace

std::string shown(std::string_view text, bool lines) {
    std::string out;
    while (!text.empty()) {
        const auto character = firstOf(text);
        if (!character) {
            out += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(text.front()));
            text.remove_prefix(1);
            continue;
        }
        if (isFit(character->code) || (lines && character->code == '\n'))
            out += text.substr(0, character->length);
        else
            out += escaped(character->code);
        text.remove_prefix(character->length);
    }
    return out;
}

} // namespace ocfsecd::cli
