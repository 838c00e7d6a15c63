#include "settings/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <limits>

namespace ocfsecd::settings {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};

// systemd.time(7), without what makes no sense here (µs, weeks and longer). The first name of each length is written.
constexpr std::array kUnits{
    Unit{"d", 86'400'000}, Unit{"day", 86'400'000}, Unit{"days", 86'400'000}, Unit{"h", 3'600'000},
    Unit{"hr", 3'600'000}, Unit{"hour", 3'600'000}, Unit{"hours", 3'600'000}, Unit{"min", 60'000},
    Unit{"m", 60'000},     Unit{"minute", 60'000},  Unit{"minutes", 60'000},  Unit{"s", 1000},
    Unit{"sec", 1000},     Unit{"second", 1000},    Unit{"seconds", 1000},    Unit{"ms", 1},
    Unit{"msec", 1},
};
constexpr std::int64_t kLongest = 366 * 86'400'000LL; // keeps sums far from overflow

bool isSpace(char c) {
    return c == ' ' || c == '\t';
}

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

template <class Is>
std::string_view takeWhile(std::string_view& text, Is is) {
    std::size_t n = 0;
    while (n < text.size() && is(text[n]))
        ++n;
    const auto taken = text.substr(0, n);
    text.remove_prefix(n);
    return taken;
}

Failure wrong(std::string what) {
    return {Reason::configuration, std::move(what), ""};
}

template <class T>
bool fromText(std::string_view text, T& out, int base = 10) {
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, out, base);
    return error == std::errc{} && at == end;
}

/// Length of one well-formed UTF-8 character that can be shown, 0 for anything else.
std::size_t characterLength(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[i])); };
    const unsigned first = at(0);
    if (first < 0x80)
        return first >= 0x20 && first != 0x7f ? 1 : 0;
    const std::size_t length = first >= 0xc2 && first < 0xe0   ? 2
                               : first >= 0xe0 && first < 0xf0 ? 3
                               : first >= 0xf0 && first < 0xf5 ? 4
                                                               : 0;
    if (length == 0 || length > text.size())
        return 0;
    unsigned code = first & (0xffu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (at(i) & 0x3f);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    const bool control = code < 0xa0;
    return overlong || surrogate || control || code > 0x10ffff ? 0 : length;
}

} // namespace

Result<Duration> parseSpan(std::string_view text) {
    const auto bad = wrong("is not a time span such as 15min, 2s or 300ms");
    std::int64_t total = 0;
    bool any = false;
    for (takeWhile(text, isSpace); !text.empty(); takeWhile(text, isSpace)) {
        std::int64_t count = 0;
        if (!fromText(takeWhile(text, isDigit), count) || count > kLongest)
            return bad;
        takeWhile(text, isSpace);
        const auto name = takeWhile(text, isLetter);
        const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == name; });
        if (unit == kUnits.end() && !name.empty())
            return bad;
        const std::int64_t each = name.empty() ? 1000 : unit->milliseconds;
        if (count > kLongest / each || (total += count * each) > kLongest)
            return bad;
        any = true;
    }
    return any ? Result<Duration>{Duration{total}} : bad;
}

std::string writeSpan(Duration span) {
    auto left = static_cast<std::int64_t>(span.count());
    std::string text;
    std::int64_t written = 0;
    for (const auto& unit : kUnits) {
        if (unit.milliseconds == written || left < unit.milliseconds)
            continue;
        text += fmt::format("{}{}{}", text.empty() ? "" : " ", left / unit.milliseconds, unit.name);
        left %= unit.milliseconds;
        written = unit.milliseconds;
    }
    return text.empty() ? "0s" : text;
}

Result<std::uint64_t> parseNumber(std::string_view text) {
    std::uint64_t number = 0;
    const bool hex = text.starts_with("0x");
    if (!fromText(hex ? text.substr(2) : text, number, hex ? 16 : 10))
        return wrong("is not a whole number");
    return number;
}

Result<double> parseFactor(std::string_view text) {
    double value = 0;
    const auto* end = text.data() + text.size();
    const bool plain = !text.empty() && isDigit(text.front()) && isDigit(text.back()); // no "nan", ".5", "1."
    const auto [at, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    return plain && error == std::errc{} && at == end ? Result<double>{value} : wrong("is not a number such as 1.5");
}

Result<bool> parseFlag(std::string_view text) {
    static constexpr std::array<std::string_view, 6> kTrue{"yes", "y", "true", "t", "on", "1"};
    static constexpr std::array<std::string_view, 6> kFalse{"no", "n", "false", "f", "off", "0"};
    if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end())
        return true;
    if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end())
        return false;
    return wrong("is neither yes nor no");
}

Result<std::string> parseText(std::string_view text, std::size_t most) {
    if (text.empty() || text.size() > most)
        return wrong(fmt::format("is not a text of 1 to {} octets", most));
    for (auto rest = text; !rest.empty();) {
        const auto length = characterLength(rest);
        if (length == 0)
            return wrong("is not printable UTF-8");
        rest.remove_prefix(length);
    }
    return std::string{text};
}

std::vector<std::string> parseWords(std::string_view text) {
    std::vector<std::string> words;
    for (takeWhile(text, isSpace); !text.empty(); takeWhile(text, isSpace))
        words.emplace_back(takeWhile(text, [](char c) { return !isSpace(c); }));
    return words;
}

} // namespace ocfsecd::settings
