#pragma once
// One request of a client from its first block to its last answer: which message comes next, and what a response to it
// means. Pure; ids, tokens and time belong to the client around it.

#include "coap/client.h"
#include "coap/options.h"

namespace ocfsecd::coap {

class ClientCall {
public:
    /// Fills in what every OCF request carries (facts 7.6).
    ClientCall(Request request, const ClientSettings& settings);
    /// Goes on fetching an answer whose first block came already, by multicast.
    ClientCall(Request request, const ClientSettings& settings, Message firstBlock);

    /// Code, options and payload of the next message of this call.
    Message next() const;
    /// A response to that message. Nothing: send next(). Else the complete response, or why there is none.
    std::optional<std::variant<Response, Failure>> take(Message response);

private:
    using Outcome = std::variant<Response, Failure>;
    std::optional<Outcome> takeUploaded(const Message& response);
    std::optional<Outcome> takeBlock(Message response);
    bool retrySmaller(const Message& response);
    bool retryLegacy(const Message& response);
    bool sendsBlocks() const;

    Request request_;
    const ClientSettings& settings_;
    bool acceptIsOurs_ = false; ///< not the caller's: may be changed
    unsigned exponent_;         ///< of the blocks sent
    std::size_t sent_ = 0;      ///< octets of the payload acknowledged
    bool uploaded_ = false;
    std::optional<Block> wanted_; ///< the next block to fetch
    Response answer_;             ///< as far as it is there
    Bytes entityTag_;             ///< of the answer's first block
};

} // namespace ocfsecd::coap
