#include "coap/message.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace ocfsecd::coap {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMaxToken = 8;
constexpr std::uint8_t kPayloadMarker = 0xFF;
/// Far more than any OCF request has (the longest seen has ten); bounds the memory of one message.
constexpr std::size_t kMaxOptions = 64;
constexpr std::size_t kUsualOptions = 8;
/// RFC 7252 section 3.1: nibbles 13 and 14 announce one or two more octets, 15 is reserved.
constexpr std::uint32_t kOneMore = 13, kTwoMore = 14, kReservedNibble = 15;
constexpr std::uint32_t kOneMoreBase = 13, kTwoMoreBase = 269;

Failure malformed(const char* what) {
    return {Reason::malformed, what, "send a CoAP message as RFC 7252 section 3 describes it"};
}

/// Nothing when the nibble is reserved or its octets are missing.
std::optional<std::uint32_t> extended(Reader& in, std::uint32_t nibble) {
    if (nibble == kReservedNibble)
        return std::nullopt;
    const std::uint32_t value = nibble == kTwoMore   ? in.u16() + kTwoMoreBase
                                : nibble == kOneMore ? in.u8() + kOneMoreBase
                                                     : nibble;
    return in.ok() ? std::optional{value} : std::nullopt;
}

const char* takeOptions(Reader& in, Message& out) {
    std::uint32_t number = 0;
    out.options.reserve(kUsualOptions);
    while (in.left() != 0) {
        const std::uint8_t head = in.u8();
        if (head == kPayloadMarker) {
            if (in.left() == 0)
                return "CoAP payload marker without payload";
            out.payload = copyOf(in.takeRest());
            return nullptr;
        }
        if (out.options.size() == kMaxOptions)
            return "too many CoAP options";
        const auto delta = extended(in, head >> 4);
        const auto length = delta ? extended(in, head & 15U) : std::nullopt;
        if (!length)
            return "CoAP option with a bad head";
        number += *delta;
        if (number > UINT16_MAX)
            return "CoAP option number out of range";
        const auto value = in.take(*length);
        if (!in.ok())
            return "CoAP option cut short";
        out.options.push_back({static_cast<std::uint16_t>(number), copyOf(value)});
    }
    return nullptr;
}

/// RFC 7252 sections 3, 4.2, 4.3, 12.1: classes 1, 6 and 7 are reserved; a Reset is empty; an Acknowledgement carries
/// no request; a Non-confirmable message is not empty.
bool codeFitsType(const Message& message) {
    const unsigned cls = message.code >> 5;
    if (cls == 1 || cls >= 6)
        return false;
    switch (message.type) {
    case Type::confirmable:
        return true;
    case Type::nonConfirmable:
        return message.code != code::empty;
    case Type::acknowledgement:
        return !message.isRequest();
    case Type::reset:
        return message.code == code::empty;
    }
    return false;
}

std::uint8_t nibbleOf(std::uint32_t value) {
    return static_cast<std::uint8_t>(value >= kTwoMoreBase ? kTwoMore : value >= kOneMoreBase ? kOneMore : value);
}

void putExtended(Writer& out, std::uint32_t value) {
    if (value >= kTwoMoreBase)
        out.u16(value - kTwoMoreBase);
    else if (value >= kOneMoreBase)
        out.u8(value - kOneMoreBase);
}

} // namespace

std::string codeText(std::uint8_t code) {
    return fmt::format("{}.{:02}", code >> 5, code & 31);
}

std::optional<std::uint32_t> Option::number32() const {
    if (value.size() > 4)
        return std::nullopt;
    std::uint32_t n = 0;
    for (auto octet : value)
        n = n << 8 | octet;
    return n;
}

const Option* Message::find(std::uint16_t number) const {
    const auto at = std::ranges::find(options, number, &Option::number);
    return at == options.end() ? nullptr : &*at;
}

std::optional<std::uint32_t> Message::findNumber(std::uint16_t number) const {
    const auto* option = find(number);
    return option ? option->number32() : std::nullopt;
}

void Message::add(std::uint16_t number, ByteView value) {
    options.push_back({number, copyOf(value)});
}

void Message::addNumber(std::uint16_t number, std::uint32_t value) {
    const std::array<std::uint8_t, 4> octets{static_cast<std::uint8_t>(value >> 24),
                                             static_cast<std::uint8_t>(value >> 16),
                                             static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
    const auto first = std::ranges::find_if(octets, [](auto octet) { return octet != 0; });
    add(number, {first, octets.end()});
}

Result<Message> decode(ByteView datagram) {
    Reader in{datagram};
    const std::uint8_t head = in.u8();
    Message out;
    out.type = static_cast<Type>(head >> 4 & 3);
    out.code = in.u8();
    out.id = in.u16();
    if (!in.ok())
        return malformed("CoAP message shorter than its header");
    if (head >> 6 != kVersion)
        return malformed("CoAP message of another version");
    const std::size_t tokenLength = head & 15U;
    if (tokenLength > kMaxToken)
        return malformed("CoAP token too long");
    out.token = copyOf(in.take(tokenLength));
    if (!in.ok())
        return malformed("CoAP token cut short");
    if (out.code == code::empty && datagram.size() != 4)
        return malformed("empty CoAP message with content");
    if (!codeFitsType(out))
        return malformed("CoAP code that its message type cannot carry");
    if (const char* fault = takeOptions(in, out))
        return malformed(fault);
    return out;
}

std::optional<std::uint16_t> confirmableId(ByteView datagram) {
    Reader in{datagram};
    const std::uint8_t head = in.u8();
    in.u8();
    const std::uint16_t id = in.u16();
    const bool confirmable = head >> 6 == kVersion && static_cast<Type>(head >> 4 & 3) == Type::confirmable;
    return in.ok() && confirmable ? std::optional{id} : std::nullopt;
}

Bytes encodeEmpty(Type type, std::uint16_t id) {
    return encode({.type = type, .code = code::empty, .id = id, .token = {}, .options = {}, .payload = {}});
}

Bytes encode(const Message& message) {
    std::vector<const Option*> sorted;
    sorted.reserve(message.options.size());
    for (const auto& option : message.options)
        sorted.push_back(&option);
    const auto numberOf = [](const Option* o) { return o->number; };
    if (!std::ranges::is_sorted(sorted, {}, numberOf)) // mostly they are; sorting would ask for memory first
        std::ranges::stable_sort(sorted, {}, numberOf);

    Writer out;
    out.u8(static_cast<unsigned>(kVersion << 6 | static_cast<unsigned>(message.type) << 4 | message.token.size()));
    out.u8(message.code).u16(message.id).bytes(message.token);
    std::uint32_t previous = 0;
    for (const auto* option : sorted) {
        const std::uint32_t delta = option->number - previous;
        const auto length = static_cast<std::uint32_t>(option->value.size());
        out.u8(static_cast<unsigned>(nibbleOf(delta) << 4 | nibbleOf(length)));
        putExtended(out, delta);
        putExtended(out, length);
        out.bytes(option->value);
        previous = option->number;
    }
    if (!message.payload.empty())
        out.u8(kPayloadMarker).bytes(message.payload);
    return out.take();
}

} // namespace ocfsecd::coap
