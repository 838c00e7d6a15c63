#include "base/uuid.h"

#include <algorithm>

namespace ocfsecd {

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != 36)
        return std::nullopt;
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-'))
            return std::nullopt;
        if (!dash)
            digits += text[i];
    }
    const auto raw = fromHex(digits);
    return raw ? fromRaw(*raw) : std::nullopt;
}

std::optional<Uuid> Uuid::fromRaw(ByteView raw) {
    if (raw.size() != 16)
        return std::nullopt;
    Uuid out;
    std::ranges::copy(raw, out.raw_.begin());
    return out;
}

Uuid Uuid::random(Random& random) {
    Uuid out;
    do {
        random.fill(out.raw_);
        out.raw_[6] = static_cast<std::uint8_t>((out.raw_[6] & 0x0f) | 0x40);
        out.raw_[8] = static_cast<std::uint8_t>((out.raw_[8] & 0x3f) | 0x80);
    } while (out.hasZeroOctet());
    return out;
}

bool Uuid::hasZeroOctet() const {
    return std::ranges::find(raw_, 0) != raw_.end();
}

std::string Uuid::text() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out(36, '-');
    std::size_t at = 0;
    for (const auto octet : raw_) {
        if (at == 8 || at == 13 || at == 18 || at == 23)
            ++at; // the dash
        out[at++] = digits[octet >> 4];
        out[at++] = digits[octet & 15];
    }
    return out;
}

} // namespace ocfsecd
