#pragma once
// What several tests take out of the recordings.

#include "dtls/ocf_suite/messages.h"
#include "dtls/ocf_suite/record_layer.h"
#include "pair.h"
#include "recordings.h"

#include <algorithm>
#include <span>

namespace ocfsecd::dtls::ocf_suite::test {

struct Recording {
    const char* name;
    Suite suite;
    std::span<const RecordedDatagram> datagrams;
    const RecordedSecrets& secrets;
};

/// The sessions both sides agreed on. The first six datagrams are the handshake.
inline const Recording kGoodRecordings[] = {
    {"JustWorks", kAnon, kJustWorks, kJustWorksSecrets},
    {"Reconnect", kPsk, kReconnect, kReconnectSecrets},
    {"HardReset", kPsk, kHardReset, kHardResetSecrets},
};

template <std::size_t N>
std::array<std::uint8_t, N> fixed(std::string_view text) {
    std::array<std::uint8_t, N> out{};
    std::ranges::copy(hex(text), out.begin());
    return out;
}

/// All records of a datagram.
inline std::vector<Record> recordsOf(ByteView datagram) {
    std::vector<Record> out;
    while (const auto record = nextRecord(datagram))
        out.push_back(*record);
    return out;
}

/// The plaintext handshake messages in order, as they enter the transcript; octets with their headers.
inline std::vector<Bytes> plainMessages(const Recording& recording) {
    std::vector<Bytes> out;
    for (const auto& datagram : recording.datagrams) {
        const auto octets = hex(datagram.hex);
        for (const auto& record : recordsOf(octets))
            if (record.epoch == 0 && record.type == ContentType::handshake)
                out.push_back(copyOf(record.fragment));
    }
    return out;
}

inline Bytes bodyOf(const Recording& recording, MessageType type, std::size_t nth = 0) {
    for (const auto& message : plainMessages(recording))
        if (message[0] == static_cast<std::uint8_t>(type) && nth-- == 0)
            return {message.begin() + kHandshakeHeader, message.end()};
    return {};
}

/// Gives out what it was told to, in order; seeded octets after that.
class ScriptedRandom final : public Random {
public:
    void say(ByteView octets) { script_.insert(script_.end(), octets.begin(), octets.end()); }
    void fill(MutableByteView out) override {
        if (script_.empty())
            return rest_.fill(out);
        const auto n = std::min(out.size(), script_.size());
        std::copy_n(script_.begin(), n, out.begin());
        script_.erase(script_.begin(), script_.begin() + static_cast<std::ptrdiff_t>(n));
        if (n < out.size())
            rest_.fill(out.subspan(n));
    }

private:
    Bytes script_;
    SeededRandom rest_{7};
};

} // namespace ocfsecd::dtls::ocf_suite::test
