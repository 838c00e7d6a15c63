#include "dtls/ocf_suite/reassembly.h"

#include <algorithm>

namespace ocfsecd::dtls::ocf_suite {

Reassembly::Added Reassembly::add(const HandshakeFragment& fragment) {
    if (fragment.sequence < next_)
        return Added::old;
    const std::size_t ahead = fragment.sequence - next_;
    if (ahead >= kAhead)
        return Added::dropped;
    if (fragment.length > kMaxMessage)
        return Added::tooLong;
    if (fragment.offset + fragment.body.size() > fragment.length || (fragment.body.empty() && fragment.length != 0))
        return Added::dropped;

    auto& slot = slots_[ahead];
    // Nothing of epoch 0 is authentic. The newest counts: whoever forged the other will not repeat himself, the peer
    // will.
    if (slot.used && (slot.type != fragment.type || slot.length != fragment.length))
        slot = {};
    if (!slot.used) {
        slot.used = true;
        slot.type = fragment.type;
        slot.length = fragment.length;
        slot.raw = wrapMessage(static_cast<MessageType>(fragment.type), fragment.sequence, Bytes(fragment.length));
        slot.covered.assign(fragment.length, false);
    }
    std::ranges::copy(fragment.body,
                      slot.raw.begin() + static_cast<std::ptrdiff_t>(kHandshakeHeader + fragment.offset));
    for (std::size_t i = 0; i < fragment.body.size(); ++i) {
        slot.have += slot.covered[fragment.offset + i] ? 0 : 1;
        slot.covered[fragment.offset + i] = true;
    }
    return Added::kept;
}

std::optional<Message> Reassembly::take() {
    auto& first = slots_.front();
    if (!first.used || first.have != first.length)
        return std::nullopt;
    Message message{static_cast<MessageType>(first.type), next_, std::move(first.raw)};
    startAt(static_cast<std::uint16_t>(next_ + 1));
    return message;
}

void Reassembly::startAt(std::uint16_t next) {
    const auto by = std::min<std::size_t>(static_cast<std::uint16_t>(next - next_), kAhead);
    std::rotate(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(by), slots_.end());
    for (std::size_t i = kAhead - by; i < kAhead; ++i)
        slots_[i] = {};
    next_ = next;
}

std::size_t Reassembly::bufferedOctets() const {
    std::size_t out = 0;
    for (const auto& slot : slots_)
        out += slot.raw.capacity();
    return out;
}

} // namespace ocfsecd::dtls::ocf_suite
