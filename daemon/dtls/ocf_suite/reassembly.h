#pragma once
// Handshake messages out of fragments that come in any order (RFC 6347 section 4.2.3): bounded, strict, one at a time.

#include "dtls/ocf_suite/messages.h"

#include <array>

namespace ocfsecd::dtls::ocf_suite {

/// Ours are below 300 octets; a ClientHello of another maker with every extension stays below this.
inline constexpr std::size_t kMaxMessage = 4096;
/// A flight of either suite has at most three messages; anything further ahead is not ours.
inline constexpr std::size_t kAhead = 4;

class Reassembly {
public:
    explicit Reassembly(std::uint16_t next) : next_{next} {}

    enum class Added {
        kept,
        old,     ///< of a message already taken: the peer repeats its flight
        dropped, ///< broken, or too far ahead
        tooLong, ///< no message of the two suites is that long
    };
    Added add(const HandshakeFragment& fragment);
    /// The next message in order, when all of it is there.
    std::optional<Message> take();

    std::uint16_t next() const { return next_; }
    /// A client starts with whatever number the server's first message has: stateless servers count differently.
    void startAt(std::uint16_t next);
    std::size_t bufferedOctets() const;

private:
    struct Slot {
        std::uint8_t type = 0;
        std::size_t length = 0;
        std::size_t have = 0;
        Bytes raw;                 ///< with room for the header
        std::vector<bool> covered; ///< per octet of the body
        bool used = false;
    };
    std::uint16_t next_;
    std::array<Slot, kAhead> slots_; ///< slots_[i] is message next_ + i
};

} // namespace ocfsecd::dtls::ocf_suite
