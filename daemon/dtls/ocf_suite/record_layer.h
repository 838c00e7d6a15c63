#pragma once
// The records of one association: numbers, epochs, keys, replay window (RFC 6347 section 4.1).

#include "dtls/ocf_suite/protection.h"

namespace ocfsecd::dtls::ocf_suite {

/// RFC 6347 section 4.1.2.6. Only authenticated records may move it.
class ReplayWindow {
public:
    static constexpr std::uint64_t kWidth = 64;
    bool isNew(std::uint64_t sequence) const;
    void accept(std::uint64_t sequence);

private:
    std::uint64_t next_ = 0; ///< above every accepted one
    std::uint64_t seen_ = 0; ///< bit i: next_ - 1 - i was accepted
};

class RecordLayer {
public:
    static constexpr std::uint64_t kLastSequence = (std::uint64_t{1} << 48) - 1;

    /// `firstSequence`: where epoch 0 goes on after the stateless part of the handshake.
    RecordLayer(Random& random, std::uint64_t firstSequence) : random_{random}, sequences_{firstSequence, 0} {}

    void install(ByteView keyBlock, Role role) { protection_.emplace(keyBlock, role); }
    void dropKeys() { protection_.reset(); }
    bool hasKeys() const { return protection_.has_value(); }

    /// Records the epoch can still number.
    std::uint64_t left(std::uint16_t epoch) const { return kLastSequence + 1 - sequences_[epoch]; }
    void skipTo(std::uint16_t epoch, std::uint64_t sequence) { sequences_[epoch] = sequence; }

    /// One whole record; empty when the epoch is used up (a number is never used twice) or has no keys.
    Bytes write(ContentType type, std::uint16_t epoch, ByteView content);

    enum class Opened { good, replayed, bad };
    /// A record of epoch 1.
    Opened open(const Record& record, Bytes& content);

private:
    Random& random_;
    std::array<std::uint64_t, 2> sequences_;
    ReplayWindow window_;
    std::optional<Protection> protection_;
};

} // namespace ocfsecd::dtls::ocf_suite
