#pragma once
// ClientHello datagrams for tests, and the hello IoTivity-Lite's onboarding tool sent in the reference capture
// "psk-reconnect" (handshake message with its header, message_seq 0).

#include "base/bytes.h"
#include "dtls/record.h"

namespace ocfsecd::dtls::test {

inline constexpr std::string_view kRecordedHello =
    "010000540000000000000054fefd6b060c9228be617d5f4349b187c3e37a1a1d5e856ff7765066810e8bea3964d500000004c03700ff010000"
    "26"
    "000a0006000400170018000d000e000c060306010503050104030401000b0002010000170000";

/// A plaintext handshake record around a handshake message or fragment.
inline Bytes handshakeRecord(ByteView fragment, std::uint64_t sequence = 0, std::uint16_t epoch = 0) {
    return Writer{}.u8(22).u16(0xfefd).u16(epoch).u48(sequence).u16(fragment.size()).bytes(fragment).take();
}

struct HelloForm {
    std::uint16_t version = 0xfefd;
    Bytes random = Bytes(32, 0x11);
    Bytes cookie;
    std::vector<std::uint16_t> suites{0xc037, 0x00ff};
    Bytes extensions; ///< without the outer length; none when empty
    std::uint16_t sequence = 0;
};

inline Bytes makeHello(const HelloForm& form) {
    Writer body;
    body.u16(form.version).bytes(form.random).u8(0).u8(form.cookie.size()).bytes(form.cookie);
    body.u16(form.suites.size() * 2);
    for (auto suite : form.suites)
        body.u16(suite);
    body.u8(1).u8(0);
    if (!form.extensions.empty())
        body.u16(form.extensions.size()).bytes(form.extensions);
    const auto content = body.take();
    Writer message;
    message.u8(1).u24(content.size()).u16(form.sequence).u24(0).u24(content.size()).bytes(content);
    return handshakeRecord(message.view(), form.sequence);
}

inline bool holdsRecord(ByteView datagram, ContentType type, std::uint16_t epoch) {
    while (const auto record = nextRecord(datagram))
        if (record->type == type && record->epoch == epoch)
            return true;
    return false;
}

/// The cookie in a HelloVerifyRequest datagram.
inline Bytes cookieOf(ByteView datagram) {
    const auto record = nextRecord(datagram);
    auto rest = record ? record->fragment : ByteView{};
    const auto message = nextFragment(rest);
    if (!message || message->type != 3)
        return {};
    Reader reader{message->body};
    reader.u16();
    return copyOf(reader.take(reader.u8()));
}

} // namespace ocfsecd::dtls::test
