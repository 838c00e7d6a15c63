#pragma once
// Which request sequence numbers of a peer have been seen (RFC 8613 section 7.4): a sliding window of 32.

#include <cstdint>

namespace ocfsecd::coap::oscore {

class ReplayWindow {
public:
    /// Neither seen nor older than the window.
    bool isFresh(std::uint64_t sequence) const {
        if (empty_ || sequence > highest_)
            return true;
        const auto age = highest_ - sequence;
        return age < kSize && (seen_ >> age & 1) == 0;
    }
    /// Begins anew behind this number: it and all below it count as seen (RFC 8613 appendix B.1.2).
    void startAt(std::uint64_t sequence) {
        highest_ = sequence;
        seen_ = ~0U;
        empty_ = false;
    }
    /// Only after the message was verified: else anybody could move the window.
    void take(std::uint64_t sequence) {
        if (empty_ || sequence > highest_) {
            const auto ahead = empty_ ? kSize : sequence - highest_;
            seen_ = ahead < kSize ? seen_ << ahead : 0;
            highest_ = sequence;
            empty_ = false;
        }
        seen_ |= 1U << (highest_ - sequence);
    }

private:
    static constexpr std::uint64_t kSize = 32;
    std::uint64_t highest_ = 0;
    std::uint32_t seen_ = 0; ///< bit n: highest_ − n
    bool empty_ = true;
};

} // namespace ocfsecd::coap::oscore
