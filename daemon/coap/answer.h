#pragma once
// One response message out of a complete response: which block of it, how large, with which options. Pure.

#include "coap/block.h"
#include "coap/exchange.h"

namespace ocfsecd::coap {

/// A clear answer may always exceed its request by this much: the smallest block (16 octets) with all its options, an
/// 8-octet token and an entity tag takes less. Without it a request of a dozen octets could not be answered at all.
inline constexpr std::size_t kSmallAnswer = 64;

/// What of the request shapes the answer.
struct Ask {
    std::optional<Block> block1{}; ///< of the request message that completed, or continues, its body
    std::optional<Block> block2{}; ///< the block that is asked for
    bool asksSize2 = false;
    std::optional<std::uint32_t> size1{};  ///< with 4.13: how much would be taken
    unsigned exponent = kMaxBlockExponent; ///< largest block this side sends and wants
    std::size_t octets = SIZE_MAX;         ///< largest datagram, see answerBudget()
};

struct Composed {
    Message message;
    bool more = false;       ///< blocks follow: the body must be kept
    bool outOfRange = false; ///< the block asked for does not exist; the message is of no use
};

/// `head` brings type, id and token.
Composed compose(Message head, const Response& response, const Ask& ask);

/// The largest clear unicast answer to a request of this size (design section 7).
std::size_t answerBudget(std::size_t requestOctets, double amplification);

} // namespace ocfsecd::coap
