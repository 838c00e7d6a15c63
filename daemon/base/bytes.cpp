#include "base/bytes.h"

#include <algorithm>
#include <array>

namespace ocfsecd {

void wipe(void* data, std::size_t size) noexcept {
    if (size != 0)
        ::explicit_bzero(data, size);
}

bool equal(ByteView a, ByteView b) {
    return std::ranges::equal(a, b);
}

std::string toHex(ByteView bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out(bytes.size() * 2, '\0');
    auto at = out.begin();
    for (auto b : bytes) {
        *at++ = digits[b >> 4];
        *at++ = digits[b & 15];
    }
    return out;
}

namespace {
int hexDigit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

constexpr std::string_view base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
} // namespace

std::optional<Bytes> fromHex(std::string_view text) {
    if (text.size() % 2 != 0)
        return std::nullopt;
    Bytes out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hexDigit(text[i]);
        const int low = hexDigit(text[i + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        out.push_back(static_cast<std::uint8_t>(high << 4 | low));
    }
    return out;
}

std::string toBase64(ByteView bytes) {
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group = group << 8 | (j < n ? bytes[i + j] : 0U);
        for (std::size_t j = 0; j < 4; ++j)
            out += j <= n ? base64Alphabet[group >> (18 - 6 * j) & 63] : '=';
    }
    return out;
}

std::optional<Bytes> fromBase64(std::string_view text) {
    if (text.size() % 4 != 0)
        return std::nullopt;
    Bytes out;
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const bool last = i + 4 == text.size();
        std::size_t padding = 0;
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 4; ++j) {
            const char c = text[i + j];
            if (c == '=' && last && j >= 2) {
                ++padding;
                group <<= 6;
                continue;
            }
            const auto at = base64Alphabet.find(c);
            if (at == std::string_view::npos || padding != 0)
                return std::nullopt;
            group = group << 6 | static_cast<std::uint32_t>(at);
        }
        for (std::size_t j = 0; j < 3 - padding; ++j)
            out.push_back(static_cast<std::uint8_t>(group >> (16 - 8 * j)));
        if (padding != 0 && (group & ((1U << (8 * padding)) - 1)) != 0)
            return std::nullopt; // bits that say nothing must be zero, else one value has two texts
    }
    return out;
}

ByteView Reader::take(std::size_t n) {
    if (n > rest_.size()) {
        fail();
        return {};
    }
    const auto out = rest_.first(n);
    rest_ = rest_.subspan(n);
    return out;
}

std::uint64_t Reader::number(std::size_t octets) {
    std::uint64_t v = 0;
    for (auto b : take(octets))
        v = v << 8 | b;
    return v;
}

namespace {
/// Room for a small message, so that its many short fields do not make the buffer grow step by step.
constexpr std::size_t kFirstRoom = 64;

/// With an allocator of its own a vector copies octet by octet; growing and one block copy is several times as fast.
void append(Bytes& out, const std::uint8_t* data, std::size_t size) {
    const auto before = out.size();
    if (out.capacity() == 0)
        out.reserve(std::max(kFirstRoom, size));
    out.resize(before + size);
    if (size != 0)
        std::memcpy(out.data() + before, data, size);
}
} // namespace

Writer& Writer::bytes(ByteView v) {
    append(out_, v.data(), v.size());
    return *this;
}

Writer& Writer::number(std::uint64_t v, int octets) {
    std::array<std::uint8_t, sizeof v> field{};
    const auto size = static_cast<std::size_t>(octets);
    for (std::size_t i = 0; i < size; ++i)
        field[i] = static_cast<std::uint8_t>(v >> (8 * (size - 1 - i)));
    append(out_, field.data(), size);
    return *this;
}

} // namespace ocfsecd
