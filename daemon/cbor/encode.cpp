#include "cbor/value.h"

#include <array>
#include <bit>
#include <cbor.h>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace ocfsecd::cbor {

namespace {

/// Most representations fit; growing from one octet would copy each several times.
constexpr std::size_t kFirstRoom = 256;

/// Appends what one libcbor encoder writes into a buffer that fits every head.
template <class Encoder, class... Arguments>
void head(Bytes& out, Encoder encoder, Arguments... arguments) {
    std::array<unsigned char, 9> buffer{};
    const std::size_t size = encoder(arguments..., buffer.data(), buffer.size());
    if (size == 0)
        throw std::logic_error{"a CBOR head that needs more than nine octets"};
    out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
}

/// True when half precision holds the number and every libcbor's half encoder is exact for it: zero, infinity, or a
/// normal number with at most ten bits of fraction (NaN and subnormal numbers differ between its versions, L8.6).
bool fitsHalf(float v) {
    const auto bits = std::bit_cast<std::uint32_t>(v);
    const int exponent = static_cast<int>(bits >> 23 & 0xFF) - 127;
    return (bits & 0x1FFF) == 0 && (v == 0.0F || std::isinf(v) || (exponent >= -14 && exponent <= 15));
}

struct Encoder {
    Bytes& out;

    void operator()(Null) const { head(out, cbor_encode_null); }
    void operator()(bool v) const { head(out, cbor_encode_bool, v); }
    void operator()(std::int64_t v) const {
        if (v >= 0)
            head(out, cbor_encode_uint, static_cast<std::uint64_t>(v));
        else
            head(out, cbor_encode_negint, static_cast<std::uint64_t>(-1 - v));
    }
    void operator()(Oversized) const { head(out, cbor_encode_uint, std::numeric_limits<std::uint64_t>::max()); }
    void operator()(double v) const {
        if (std::isnan(v)) {
            constexpr std::array<std::uint8_t, 3> kNan{0xF9, 0x7E, 0x00}; // RFC 8949 section 4.2.2
            out.insert(out.end(), kNan.begin(), kNan.end());
            return;
        }
        // Outside the range of float the conversion would be undefined.
        const bool inRange = std::isinf(v) || std::abs(v) <= double{std::numeric_limits<float>::max()};
        const float single = inRange ? static_cast<float>(v) : 0.0F;
        if (!inRange || double{single} != v)
            head(out, cbor_encode_double, v);
        else if (fitsHalf(single))
            head(out, cbor_encode_half, single);
        else
            head(out, cbor_encode_single, single);
    }
    void operator()(const Bytes& v) const {
        head(out, cbor_encode_bytestring_start, v.size());
        out.insert(out.end(), v.begin(), v.end());
    }
    void operator()(const Text& v) const {
        head(out, cbor_encode_string_start, v.octets.size());
        out.insert(out.end(), v.octets.begin(), v.octets.end());
    }
    void operator()(const Array& v) const {
        head(out, cbor_encode_array_start, v.size());
        for (const auto& item : v)
            item.visit(*this);
    }
    void operator()(const Map& v) const {
        head(out, cbor_encode_map_start, v.size());
        for (const auto& [key, value] : v) {
            key.visit(*this);
            value.visit(*this);
        }
    }
};

} // namespace

Bytes encode(const Value& value) {
    Bytes out;
    out.reserve(kFirstRoom);
    value.visit(Encoder{out});
    return out;
}

} // namespace ocfsecd::cbor
