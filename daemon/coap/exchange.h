#pragma once
// What the message layer and its users say to each other: requests, responses and where they travel.

#include "base/address.h"
#include "base/clock.h"
#include "coap/message.h"

namespace ocfsecd::coap {

/// A way to one peer: in clear through a socket, or inside a DTLS session.
struct Channel {
    Address peer;
    std::uint64_t session = 0; ///< 0: in clear; else the owner's number of a DTLS session
    std::uint32_t socket = 0;  ///< the owner's number of the local socket the answer leaves from (and its interface)
    bool secure() const { return session != 0; }
    auto operator<=>(const Channel&) const = default;
};

/// Orders the channels of a session together, so that one session can be dropped without a walk over all.
struct BySession {
    bool operator()(const Channel& a, const Channel& b) const {
        return a.session != b.session ? a.session < b.session : a < b;
    }
    /// The least channel of a session: where a walk over its channels begins.
    static Channel first(std::uint64_t session) { return {{}, session, 0}; }
};

enum class Method : std::uint8_t { get = 1, post = 2, put = 3, del = 4 };

/// A complete request: block-wise transfers are already put together, options are already judged.
struct Request {
    Method method = Method::get;
    std::string path;               ///< "/oic/sec/doxm"
    std::vector<std::string> query; ///< "owned=false"; keys compare case-insensitively (facts 2.0)
    std::optional<std::uint16_t> contentFormat;
    std::optional<std::uint16_t> accept;
    std::optional<std::uint32_t> contentVersion; ///< option 2053
    std::optional<std::uint32_t> acceptVersion;  ///< option 2049
    std::optional<std::uint32_t> observe;
    Bytes payload;
    /// The value of the first query item with this key; "" for a key without "=".
    std::optional<std::string_view> queryValue(std::string_view key) const;
};

struct Response {
    std::uint8_t code = code::content;
    std::optional<std::uint16_t> contentFormat;  ///< with 10000, option 2053 = 2048 is added
    std::optional<std::uint32_t> contentVersion; ///< seen by a client
    std::optional<std::uint32_t> observe;
    Bytes payload;
};

/// Octets to send.
struct Outgoing {
    Channel channel;
    Bytes datagram;
};

} // namespace ocfsecd::coap
