#pragma once
// CoAP messages octet by octet, past the client's own manners; and a look for octets in others.

#include "coap/message.h"

#include <algorithm>
#include <string_view>

namespace ocfsecd::test {

/// A confirmable request; its token is its id.
inline coap::Message message(std::uint8_t code, std::string_view path, ByteView payload = {},
                             std::uint16_t id = 0x1234) {
    coap::Message out;
    out.code = code;
    out.id = id;
    out.token = {static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto end = std::min(path.find('/'), path.size());
        out.add(coap::option::uriPath, viewOf(path.substr(0, end)));
        path.remove_prefix(end);
    }
    out.payload = copyOf(payload);
    return out;
}

/// Does `needle` occur in it?
inline bool holds(ByteView haystack, ByteView needle) {
    return std::search(haystack.begin(), haystack.end(), needle.begin(), needle.end()) != haystack.end();
}

} // namespace ocfsecd::test
