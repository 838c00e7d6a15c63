#pragma once
// A CoAP message (RFC 7252 section 3) and its codec. Pure.

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ocfsecd::coap {

enum class Type : std::uint8_t { confirmable = 0, nonConfirmable = 1, acknowledgement = 2, reset = 3 };

/// RFC 7252 section 12.1: class << 5 | detail.
constexpr std::uint8_t makeCode(unsigned cls, unsigned detail) {
    return static_cast<std::uint8_t>(cls << 5 | detail);
}
namespace code {
inline constexpr std::uint8_t empty = 0, get = 1, post = 2, put = 3, del = 4;
inline constexpr std::uint8_t created = makeCode(2, 1), deleted = makeCode(2, 2), valid = makeCode(2, 3),
                              changed = makeCode(2, 4), content = makeCode(2, 5), continues = makeCode(2, 31),
                              badRequest = makeCode(4, 0), unauthorized = makeCode(4, 1), badOption = makeCode(4, 2),
                              forbidden = makeCode(4, 3), notFound = makeCode(4, 4), methodNotAllowed = makeCode(4, 5),
                              notAcceptable = makeCode(4, 6), incomplete = makeCode(4, 8), tooLarge = makeCode(4, 13),
                              unsupportedFormat = makeCode(4, 15), internal = makeCode(5, 0),
                              unavailable = makeCode(5, 3), proxyingNotSupported = makeCode(5, 5);
} // namespace code
std::string codeText(std::uint8_t code); ///< "4.01"

/// Option numbers: RFC 7252 section 5.10, RFC 7641, RFC 7959, RFC 8613, and OCF's two (facts 7.6).
namespace option {
inline constexpr std::uint16_t ifMatch = 1, uriHost = 3, etag = 4, ifNoneMatch = 5, observe = 6, uriPort = 7,
                               locationPath = 8, oscore = 9, uriPath = 11, contentFormat = 12, maxAge = 14,
                               uriQuery = 15, accept = 17, locationQuery = 20, block2 = 23, block1 = 27, size2 = 28,
                               proxyUri = 35, proxyScheme = 39, size1 = 60, ocfAcceptVersion = 2049,
                               ocfContentVersion = 2053;
} // namespace option

inline constexpr std::uint16_t kFormatOcfCbor = 10000; ///< application/vnd.ocf+cbor
inline constexpr std::uint16_t kFormatCbor = 60;       ///< application/cbor, the legacy form (facts 7.6, Q35)
inline constexpr std::uint16_t kOcfVersion = 2048;     ///< 1.0.0 (facts 7.6)

struct Option {
    std::uint16_t number = 0;
    Bytes value;
    std::optional<std::uint32_t> number32() const; ///< the value as uint (0–4 octets)
    bool operator==(const Option&) const = default;
};

struct Message {
    Type type = Type::confirmable;
    std::uint8_t code = 0;
    std::uint16_t id = 0;
    Bytes token;                 ///< 0–8 octets
    std::vector<Option> options; ///< any order; encode() sorts (stable), decode() yields ascending
    Bytes payload;

    const Option* find(std::uint16_t number) const;
    std::optional<std::uint32_t> findNumber(std::uint16_t number) const;
    void add(std::uint16_t number, ByteView value);
    void addNumber(std::uint16_t number, std::uint32_t value); ///< shortest uint
    bool isRequest() const { return code >= 1 && code <= 31; }
    bool isResponse() const { return code >= 64; }
    bool operator==(const Message&) const = default;
};

/// Reason::malformed for anything RFC 7252 calls a message format error; bounded number of options.
Result<Message> decode(ByteView datagram);
/// The token has at most 8 octets.
Bytes encode(const Message& message);
/// The id of a Confirmable message, well-formed behind its header or not: what a Reset must name (RFC 7252 4.2).
std::optional<std::uint16_t> confirmableId(ByteView datagram);
/// An empty Acknowledgement or Reset.
Bytes encodeEmpty(Type type, std::uint16_t id);

} // namespace ocfsecd::coap
