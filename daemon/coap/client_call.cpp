#include "coap/client_call.h"

#include <algorithm>

namespace ocfsecd::coap {

namespace {

Failure malformed(const char* what) {
    return {Reason::malformed, what, "ask again; if it stays, the device is at fault"};
}

Failure changed() {
    return {Reason::incomplete, "the answer changed while it was fetched block by block", "ask again"};
}

Bytes tagOf(const Message& message) {
    const auto* tag = message.find(option::etag);
    return tag ? tag->value : Bytes{};
}

} // namespace

ClientCall::ClientCall(Request request, const ClientSettings& settings)
    : request_{std::move(request)}, settings_{settings}, exponent_{
                                                             std::min(settings.blockExponent, kMaxBlockExponent)} {
    if (!request_.accept) {
        request_.accept = settings.accept;
        acceptIsOurs_ = true;
    }
    const bool ocf = request_.accept == kFormatOcfCbor;
    if (!request_.acceptVersion && ocf)
        request_.acceptVersion = kOcfVersion;
    if (!request_.payload.empty()) {
        if (!request_.contentFormat)
            request_.contentFormat = settings.accept;
        if (!request_.contentVersion && request_.contentFormat == kFormatOcfCbor)
            request_.contentVersion = kOcfVersion;
    }
    if (exponent_ < kMaxBlockExponent)
        wanted_ = Block{.number = 0, .more = false, .exponent = exponent_}; // early negotiation, RFC 7959 2.4
}

ClientCall::ClientCall(Request request, const ClientSettings& settings, Message firstBlock)
    : ClientCall{std::move(request), settings} {
    uploaded_ = true;
    (void)takeBlock(std::move(firstBlock)); // an unusable first block asks for the whole answer again
    if (answer_.payload.empty())
        wanted_ = Block{.exponent = exponent_};
}

bool ClientCall::sendsBlocks() const {
    return !uploaded_ && (request_.payload.size() > std::size_t{16} << exponent_ || sent_ != 0);
}

Message ClientCall::next() const {
    Message out;
    out.code = static_cast<std::uint8_t>(request_.method);
    addRequestOptions(out, request_);
    if (wanted_)
        out.addNumber(option::block2, wanted_->value());
    if (uploaded_)
        return out; // only the answer is still to come (RFC 7959 3.3)
    if (!sendsBlocks()) {
        out.payload = request_.payload;
        return out;
    }
    const ByteView rest = ByteView{request_.payload}.subspan(sent_);
    const std::size_t size = std::min(rest.size(), std::size_t{16} << exponent_);
    out.addNumber(option::block1, Block::at(sent_, exponent_, size < rest.size()).value());
    if (sent_ == 0)
        out.addNumber(option::size1, static_cast<std::uint32_t>(request_.payload.size()));
    out.payload = copyOf(rest.first(size));
    return out;
}

std::optional<ClientCall::Outcome> ClientCall::take(Message response) {
    if (retrySmaller(response) || retryLegacy(response))
        return std::nullopt;
    if (!uploaded_ && sendsBlocks() && response.code >> 5 == 2) {
        const std::size_t end = std::min(sent_ + (std::size_t{16} << exponent_), request_.payload.size());
        if (end < request_.payload.size())
            return takeUploaded(response);
    }
    if (response.code == code::continues)
        return malformed("the device wants more blocks than the request has");
    uploaded_ = true;
    return takeBlock(std::move(response));
}

/// A block that was not the last one has arrived. The device may want smaller ones from here on (RFC 7959 2.3).
std::optional<ClientCall::Outcome> ClientCall::takeUploaded(const Message& response) {
    const auto option = blockOption(response, option::block1);
    if (!option.block)
        return malformed("the device answered before it had the whole request");
    if (option.block->number != Block::at(sent_, exponent_, false).number)
        return malformed("the device acknowledged another block than the one sent");
    sent_ += std::size_t{16} << exponent_;
    exponent_ = std::min(exponent_, option.block->exponent);
    return std::nullopt;
}

std::optional<ClientCall::Outcome> ClientCall::takeBlock(Message response) {
    const auto option = blockOption(response, option::block2);
    const auto tag = tagOf(response);
    auto part = responseOf(std::move(response));
    if (!part)
        return Failure{Reason::badOption, "the answer has a critical option nobody knows", "update this program"};
    if (option.broken())
        return malformed("the answer has an unusable Block2 option");
    const std::size_t fetched = answer_.payload.size();
    if (!option.block) {
        if (fetched != 0 && part->code >> 5 == 2)
            return changed();
        return *std::move(part);
    }
    const Block& block = *option.block;
    if (block.offset() != fetched)
        return malformed("the answer's blocks do not follow each other");
    if (block.more ? part->payload.size() != block.size() : part->payload.size() > block.size())
        return malformed("a block of the answer has another size than it says");
    if (fetched + part->payload.size() > settings_.maxBody)
        return Failure{Reason::tooLarge, "the answer is longer than allowed", "raise the limit"};
    if (fetched == 0) {
        answer_ = *std::move(part);
        entityTag_ = tag;
    } else {
        if (tag != entityTag_ || part->code != answer_.code)
            return changed();
        answer_.payload.insert(answer_.payload.end(), part->payload.begin(), part->payload.end());
    }
    if (!block.more)
        return std::move(answer_);
    const unsigned exponent = std::min(block.exponent, exponent_);
    wanted_ = Block::at(answer_.payload.size(), exponent, false);
    return std::nullopt;
}

/// 4.13 with a smaller block size is an offer (RFC 7959 2.9.3).
bool ClientCall::retrySmaller(const Message& response) {
    const auto offer = blockOption(response, option::block1);
    if (response.code != code::tooLarge || uploaded_ || sent_ != 0 || !offer.block ||
        offer.block->exponent >= exponent_)
        return false;
    exponent_ = offer.block->exponent;
    return true;
}

/// Older devices answer Accept 10000 with 4.06 and want 60 (facts Q35); the OCF versions came with 10000.
bool ClientCall::retryLegacy(const Message& response) {
    if (response.code != code::notAcceptable || !acceptIsOurs_ || request_.accept != kFormatOcfCbor)
        return false;
    request_.accept = kFormatCbor;
    request_.acceptVersion.reset();
    if (request_.contentFormat == kFormatOcfCbor) {
        request_.contentFormat = kFormatCbor;
        request_.contentVersion.reset();
    }
    sent_ = 0;
    return true;
}

} // namespace ocfsecd::coap
