#include "dtls/ocf_suite/flight.h"

#include <algorithm>

namespace ocfsecd::dtls::ocf_suite {

namespace {

// What a protected record adds to its content: IV, MAC and at most one block of padding.
constexpr std::size_t kSealingOverhead = 16 + kDigest + 16;
constexpr std::size_t kLeastFragment = 16;

// The same message as a fragment of itself (RFC 6347 section 4.2.3).
Bytes fragmentOf(const Bytes& message, std::size_t offset, std::size_t length) {
    const ByteView whole{message};
    return Writer{}
        .bytes(whole.first(6)) // type, length, sequence
        .u24(offset)
        .u24(length)
        .bytes(whole.subspan(kHandshakeHeader + offset, length))
        .take();
}

} // namespace

Flight::Flight(std::vector<FlightItem> items, bool answered, const Timers& timers)
    : items_{std::move(items)}, first_{timers.retransmitFirst}, interval_{timers.retransmitFirst},
      max_{timers.retransmitMax}, answered_{answered} {}

std::vector<Bytes> Flight::transmit(RecordLayer& records, std::size_t maxDatagram, TimePoint now) {
    std::vector<Bytes> datagrams;
    const auto put = [&](const FlightItem& item, ByteView content) {
        const auto record = records.write(item.type, item.epoch, content);
        if (datagrams.empty() || datagrams.back().size() + record.size() > maxDatagram)
            datagrams.emplace_back();
        datagrams.back().insert(datagrams.back().end(), record.begin(), record.end());
    };
    for (const auto& item : items_) {
        const auto overhead = kRecordHeader + kHandshakeHeader + (item.epoch != 0 ? kSealingOverhead : 0);
        const auto room = maxDatagram > overhead + kLeastFragment ? maxDatagram - overhead : kLeastFragment;
        if (item.type != ContentType::handshake || item.content.size() - kHandshakeHeader <= room) {
            put(item, item.content);
            continue;
        }
        const auto length = item.content.size() - kHandshakeHeader;
        for (std::size_t offset = 0; offset < length; offset += room)
            put(item, fragmentOf(item.content, offset, std::min(room, length - offset)));
    }
    lastSent_ = now;
    if (answered_)
        deadline_ = now + interval_;
    return datagrams;
}

void Flight::backOff() {
    interval_ = std::min(interval_ * 2, max_);
}

} // namespace ocfsecd::dtls::ocf_suite
