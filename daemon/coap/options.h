#pragma once
// What the options of a request and of a response mean, and which of them are refused (RFC 7252 section 5.4,
// facts 7.6).

#include "coap/block.h"
#include "coap/exchange.h"

#include <variant>

namespace ocfsecd::coap {

/// A request message whose options have been judged.
struct Judged {
    Request request;
    std::optional<Block> block1;
    std::optional<Block> block2;
    std::optional<std::uint32_t> size1;
    bool asksSize2 = false;
};

/// The judged request, or the code that refuses it.
std::variant<Judged, std::uint8_t> judge(const Message& message);
/// Such a code in words.
Failure failureOf(std::uint8_t code);

/// Path, query, formats and versions of a request, as a client sends them; no block options and no payload.
void addRequestOptions(Message& message, const Request& request);

/// Content format with its version, and observe, as a server sends them.
void addResponseOptions(Message& message, const Response& response);

/// What a client reads from a response: its payload is moved out. Nothing when a critical option is unknown.
std::optional<Response> responseOf(Message&& message);

} // namespace ocfsecd::coap
