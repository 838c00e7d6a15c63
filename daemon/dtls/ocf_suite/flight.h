#pragma once
// What we sent last and when to say it again (RFC 6347 section 4.2.4). A flight knows its messages, not its records:
// every transmission gets new record numbers, as the replay window demands.

#include "dtls/ocf_suite/record_layer.h"
#include "dtls/session.h"

#include <vector>

namespace ocfsecd::dtls::ocf_suite {

/// Fits IPv6's least MTU (1280) with IPv6 and UDP headers.
inline constexpr std::size_t kMaxDatagram = 1232;

struct FlightItem {
    ContentType type = ContentType::handshake;
    std::uint16_t epoch = 0;
    Bytes content; ///< a whole message with its header, or the one octet of a ChangeCipherSpec
};

class Flight {
public:
    /// `answered`: the peer answers it, so silence means loss. The last flight of all is repeated on demand only.
    Flight(std::vector<FlightItem> items, bool answered, const Timers& timers);

    /// Fragments, seals, packs: several records a datagram, fragments where a message does not fit one.
    std::vector<Bytes> transmit(RecordLayer& records, std::size_t maxDatagram, TimePoint now);

    /// The peer repeats itself: is it time to do so too? At most twice per first interval, so that a forger who repeats
    /// old messages cannot make us a fountain.
    bool mayRepeat(TimePoint now) const { return now - lastSent_ >= first_ / 2; }
    std::optional<TimePoint> deadline() const { return deadline_; }
    /// The deadline has passed: the next interval is twice as long.
    void backOff();
    /// The answer is arriving.
    void quieten() {
        answered_ = false;
        deadline_.reset();
    }

private:
    std::vector<FlightItem> items_;
    Duration first_, interval_, max_;
    TimePoint lastSent_;
    std::optional<TimePoint> deadline_;
    bool answered_;
};

} // namespace ocfsecd::dtls::ocf_suite
