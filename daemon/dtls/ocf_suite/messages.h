#pragma once
// The handshake messages of the two suites, read and written. A reader gives the message or the alert that answers it.

#include "dtls/ocf_suite/ecdh.h"
#include "dtls/ocf_suite/key_schedule.h"
#include "dtls/record.h"
#include "dtls/session.h"

namespace ocfsecd::dtls::ocf_suite {

enum class MessageType : std::uint8_t {
    helloRequest = 0,
    clientHello = 1,
    serverHello = 2,
    helloVerifyRequest = 3,
    serverKeyExchange = 12,
    serverHelloDone = 14,
    clientKeyExchange = 16,
    finished = 20,
};

/// TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 section 3.3).
inline constexpr std::uint16_t kRenegotiationScsv = 0x00ff;
inline constexpr std::uint16_t kSecp256r1 = 23;
inline constexpr std::uint8_t kNullCompression = 0;
inline constexpr std::uint8_t kUnsupportedExtension = 110; ///< alert, RFC 5246 section 7.2.2
/// RFC 4279 section 5.3 asks for at least this; ours are 16 octets, prefixed ones 33 (facts 5.4).
inline constexpr std::size_t kMaxIdentity = 128;

/// A whole message as the transcript hashes it: 12-octet header of an unfragmented message, then the body.
struct Message {
    MessageType type{};
    std::uint16_t sequence = 0;
    Bytes raw;
    ByteView body() const { return ByteView{raw}.subspan(kHandshakeHeader); }
};
Bytes wrapMessage(MessageType type, std::uint16_t sequence, ByteView body);

template <class T>
struct Parsed {
    T value{};
    std::optional<std::uint8_t> alert; ///< set: there is no value
    explicit operator bool() const { return !alert; }
};

struct ClientHello {
    std::uint16_t version = 0;
    HelloRandom random{};
    Bytes sessionId;
    Bytes cookie;
    std::vector<std::uint16_t> suites;
    bool nullCompression = false;
    bool renegotiationInfo = false; ///< by extension or SCSV
    bool extendedMasterSecret = false;
    std::optional<std::vector<std::uint16_t>> groups; ///< nothing: the client did not say
    std::optional<Bytes> pointFormats;
};
Parsed<ClientHello> parseClientHello(ByteView body);
/// What our client offers: one suite, secp256r1, uncompressed points, extended master secret.
Bytes serialiseClientHello(const HelloRandom& random, ByteView cookie, Suite suite, bool extendedMasterSecret);

struct HelloVerifyRequest {
    Bytes cookie;
};
Parsed<HelloVerifyRequest> parseHelloVerifyRequest(ByteView body);

struct ServerHello {
    std::uint16_t version = kVersion;
    HelloRandom random{};
    Bytes sessionId;
    std::uint16_t suite = 0;
    std::uint8_t compression = kNullCompression;
    bool renegotiationInfo = false;
    bool extendedMasterSecret = false;
    bool pointFormats = false;
};
Parsed<ServerHello> parseServerHello(ByteView body);
Bytes serialise(const ServerHello& hello);

struct ServerKeyExchange {
    Bytes hint; ///< PSK only, raw
    Bytes point;
};
Parsed<ServerKeyExchange> parseServerKeyExchange(ByteView body, Suite suite);
Bytes serialise(const ServerKeyExchange& exchange, Suite suite);

struct ClientKeyExchange {
    Bytes identity; ///< PSK only, raw
    Bytes point;
};
Parsed<ClientKeyExchange> parseClientKeyExchange(ByteView body, Suite suite);
Bytes serialise(const ClientKeyExchange& exchange, Suite suite);

} // namespace ocfsecd::dtls::ocf_suite
