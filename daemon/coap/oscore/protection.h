#pragma once
// Protecting CoAP messages end to end (RFC 8613 sections 4, 5 and 8). Pure: message and context in, message out.
// Sequence numbers and replay windows are the caller's: they have to survive longer than a message.

#include "coap/message.h"
#include "coap/oscore/context.h"
#include "coap/oscore/option.h"

namespace ocfsecd::coap::oscore {

/// The OSCORE option of a message; nothing when it has none. Reason::badOption when it, or the message, is malformed.
Result<std::optional<OptionValue>> optionOf(const Message& message);

/// What binds a response to its request: it enters the authenticated data of both.
struct Binding {
    Bytes kid;
    Bytes partialIv;
};

/// A request's protected form. `sequence` is the sender's next, at most kMaxPartialIv and never used before.
Message protectRequest(const Context& context, const Message& request, std::uint64_t sequence);
/// The binding of a request this end has sent.
Binding bindingOf(const Context& context, std::uint64_t sequence);

struct OpenedRequest {
    Message message;
    Binding binding;
    std::uint64_t sequence = 0; ///< to be judged by the replay window before, and taken into it after
};
/// Reason::badOption: no kid or Partial IV, or the inner message is malformed; Reason::malformed: it is not authentic.
Result<OpenedRequest> openRequest(const Context& context, const Message& message);

/// A response's protected form. With `sequence` it has a Partial IV of its own (OCF: always), else the request's.
Message protectResponse(const Context& context, const Message& response, const Binding& binding,
                        std::optional<std::uint64_t> sequence);
Result<Message> openResponse(const Context& context, const Message& message, const Binding& binding);

} // namespace ocfsecd::coap::oscore
