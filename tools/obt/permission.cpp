#include "tools/obt/permission.h"

#include <array>
#include <charconv>

namespace ocfsecd::obt {

namespace {

struct Bit {
    char letter;
    int value;
};
constexpr std::array kBits{Bit{'C', 1}, Bit{'R', 2}, Bit{'U', 4}, Bit{'D', 8}, Bit{'N', 16}};
constexpr int kAll = 31;

std::optional<int> bitOf(char letter) {
    for (const auto& bit : kBits)
        if (letter == bit.letter || letter == bit.letter + ('a' - 'A'))
            return bit.value;
    return std::nullopt;
}

} // namespace

std::optional<int> parsePermission(std::string_view text) {
    if (text.empty())
        return std::nullopt;
    if (text.front() >= '0' && text.front() <= '9') {
        int number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{} || end != text.data() + text.size() || number > kAll)
            return std::nullopt;
        return number;
    }
    int mask = 0;
    for (const char letter : text) {
        const auto bit = bitOf(letter);
        if (!bit || (mask & *bit) != 0)
            return std::nullopt;
        mask |= *bit;
    }
    return mask;
}

std::string permissionText(int permission) {
    std::string out;
    for (const auto& bit : kBits)
        if ((permission & bit.value) != 0)
            out += bit.letter;
    return out.empty() ? "-" : out;
}

} // namespace ocfsecd::obt
