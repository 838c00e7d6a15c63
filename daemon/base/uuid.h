#pragma once
// UUIDs as OCF uses them: 16 octets, on the wire as text 8-4-4-4-12 or raw.

#include "base/bytes.h"
#include "base/random.h"

#include <array>
#include <compare>
#include <optional>
#include <string>

namespace ocfsecd {

class Uuid {
public:
    constexpr Uuid() = default; ///< the nil UUID
    constexpr explicit Uuid(const std::array<std::uint8_t, 16>& raw) : raw_{raw} {}
    /// 8-4-4-4-12 hexadecimal digits in either case; version and variant are not judged (facts 1.5).
    static std::optional<Uuid> parse(std::string_view text);
    /// Exactly 16 octets.
    static std::optional<Uuid> fromRaw(ByteView raw);
    /// Version 4 without a zero octet: our own UUIDs must survive peers with C strings (facts F5.4, L2.4).
    static Uuid random(Random& random);

    bool isNil() const { return raw_ == std::array<std::uint8_t, 16>{}; }
    bool hasZeroOctet() const;
    ByteView raw() const { return raw_; }
    std::string text() const; ///< lower case
    auto operator<=>(const Uuid&) const = default;

private:
    std::array<std::uint8_t, 16> raw_{};
};

} // namespace ocfsecd
