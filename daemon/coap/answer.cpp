#include "coap/answer.h"

#include "coap/options.h"

#include <algorithm>

namespace ocfsecd::coap {

namespace {

/// The block of the body that starts at `offset`, as a message.
Composed blockAt(const Message& head, const Response& response, const Ask& ask, std::size_t offset, unsigned exponent,
                 const Bytes* tag) {
    const ByteView rest = ByteView{response.payload}.subspan(offset);
    const std::size_t size = std::min(rest.size(), std::size_t{16} << exponent);
    Composed out{.message = head, .more = size < rest.size()};
    out.message.addNumber(option::block2, Block::at(offset, exponent, out.more).value());
    if (tag && (out.more || offset != 0))
        out.message.add(option::etag, *tag);
    if (ask.asksSize2 && offset == 0)
        out.message.addNumber(option::size2, static_cast<std::uint32_t>(response.payload.size()));
    out.message.payload = copyOf(rest.first(size));
    return out;
}

/// Encodes only to measure, and only where the sizes alone do not tell.
bool fits(const Message& message, std::size_t octets) {
    if (octets == SIZE_MAX || message.payload.size() > octets)
        return octets == SIZE_MAX;
    return encode(message).size() <= octets;
}

} // namespace

Composed compose(Message head, const Response& response, const Ask& ask) {
    const auto& body = response.payload;
    const bool refusal = response.code >> 5 != 2; // says what it says, whichever block was asked for
    const std::size_t offset = ask.block2 && !refusal ? ask.block2->offset() : 0;
    if (offset != 0 && offset >= body.size())
        return {.message = std::move(head), .outOfRange = true};

    head.code = response.code;
    Response described{.contentFormat = response.contentFormat};
    if (!body.empty() && !described.contentFormat && !refusal)
        described.contentFormat = kFormatOcfCbor; // facts 7.6
    if (offset == 0)
        described.observe = response.observe;
    addResponseOptions(head, described);
    if (ask.block1)
        head.addNumber(
            option::block1,
            Block{ask.block1->number, ask.block1->more, std::min(ask.block1->exponent, ask.exponent)}.value());
    if (ask.size1)
        head.addNumber(option::size1, *ask.size1);

    unsigned exponent = ask.block2 ? std::min(ask.exponent, ask.block2->exponent) : ask.exponent;
    const bool oneBlock = body.size() <= std::size_t{16} << exponent;
    if (body.empty() || (oneBlock && !ask.block2)) {
        Composed whole{.message = std::move(head)};
        whole.message.payload = body;
        if (body.size() <= 16 || fits(whole.message, ask.octets))
            return whole;
        head = std::move(whole.message);
        head.payload.clear();
    }
    const Bytes tag = entityTag(body);
    for (;; --exponent) {
        auto out = blockAt(head, response, ask, offset, exponent, &tag);
        if (fits(out.message, ask.octets))
            return out;
        if (exponent == 0) // the tag is a courtesy, the smallest block must go
            return blockAt(head, response, ask, offset, exponent, nullptr);
    }
}

std::size_t answerBudget(std::size_t requestOctets, double amplification) {
    const double times = static_cast<double>(requestOctets) * std::max(1.0, amplification);
    return std::max(static_cast<std::size_t>(times), requestOctets + kSmallAnswer);
}

} // namespace ocfsecd::coap
