#pragma once
// The value of a Block1 or Block2 option (RFC 7959 section 2.2).

#include "coap/message.h"

namespace ocfsecd::coap {

inline constexpr unsigned kMaxBlockExponent = 6; ///< 1024 octets; 7 is reserved

struct Block {
    std::uint32_t number = 0;
    bool more = false;
    unsigned exponent = 0; ///< SZX
    std::size_t size() const { return std::size_t{16} << exponent; }
    std::size_t offset() const { return number * size(); }
    std::uint32_t value() const { return number << 4 | (more ? 8U : 0U) | exponent; }
    bool operator==(const Block&) const = default;

    /// Nothing for the reserved size and for a number beyond 20 bits.
    static std::optional<Block> from(std::uint32_t value);
    /// The block that starts at `offset`, a multiple of its size.
    static Block at(std::size_t offset, unsigned exponent, bool more);
};

/// A block option of a message: absent, usable or not.
struct BlockOption {
    bool present = false;
    std::optional<Block> block;
    bool broken() const { return present && !block; }
};
BlockOption blockOption(const Message& message, std::uint16_t number);

/// An entity tag of eight octets that changes with the body: tells a client that blocks belong together.
Bytes entityTag(ByteView body);

} // namespace ocfsecd::coap
