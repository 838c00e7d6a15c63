#pragma once
// DTLS records and handshake headers as they lie in a datagram, read without any session: what the listener and the
// sessions must know before a TLS library sees the octets.

#include "base/bytes.h"

namespace ocfsecd::dtls {

/// Record content types (RFC 5246 section 6.2.1).
enum class ContentType : std::uint8_t { changeCipherSpec = 20, alert = 21, handshake = 22, applicationData = 23 };

/// Handshake message types that are looked for outside a session.
namespace handshakeType {
inline constexpr std::uint8_t clientHello = 1, clientKeyExchange = 16;
}

inline constexpr std::size_t kRecordHeader = 13;    ///< RFC 6347 section 4.1
inline constexpr std::size_t kHandshakeHeader = 12; ///< RFC 6347 section 4.2.2

struct Record {
    ContentType type{};
    std::uint16_t epoch = 0;
    std::uint64_t sequence = 0;
    ByteView fragment;
    ByteView whole; ///< with its header
};

/// Takes the next record off `rest`. Nothing when what is left does not begin with a whole DTLS record.
std::optional<Record> nextRecord(ByteView& rest);

struct HandshakeFragment {
    std::uint8_t type = 0;
    std::uint32_t length = 0; ///< of the whole message
    std::uint16_t sequence = 0;
    std::uint32_t offset = 0;
    ByteView body;
};

/// Takes the next handshake fragment off a plaintext handshake record's content.
std::optional<HandshakeFragment> nextFragment(ByteView& rest);

/// A plaintext fatal alert in epoch 0, for a peer without a session.
Bytes plaintextAlert(std::uint8_t description, std::uint64_t sequence);

} // namespace ocfsecd::dtls
