#include "coap/block.h"

namespace ocfsecd::coap {

std::optional<Block> Block::from(std::uint32_t value) {
    Block out{.number = value >> 4, .more = (value & 8) != 0, .exponent = value & 7};
    if (out.exponent > kMaxBlockExponent || value >> 24 != 0)
        return std::nullopt;
    return out;
}

Block Block::at(std::size_t offset, unsigned exponent, bool more) {
    return {.number = static_cast<std::uint32_t>(offset >> (exponent + 4)), .more = more, .exponent = exponent};
}

BlockOption blockOption(const Message& message, std::uint16_t number) {
    if (message.find(number) == nullptr)
        return {};
    const auto value = message.findNumber(number);
    return {.present = true, .block = value ? Block::from(*value) : std::nullopt};
}

Bytes entityTag(ByteView body) {
    std::uint64_t hash =
        0xCBF29CE484222325; // FNV-1a: nobody gains from a collision but a client that mixes its own blocks
    for (auto octet : body)
        hash = (hash ^ octet) * 0x100000001B3;
    return Writer{}.u64(hash).take();
}

} // namespace ocfsecd::coap
