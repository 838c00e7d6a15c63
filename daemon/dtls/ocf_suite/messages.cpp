#include "dtls/ocf_suite/messages.h"

#include <algorithm>

namespace ocfsecd::dtls::ocf_suite {

namespace {

// Extensions (RFC 8422, 5246, 7627, 5746).
constexpr std::uint16_t kSupportedGroups = 10, kPointFormats = 11, kSignatureAlgorithms = 13,
                        kExtendedMasterSecret = 23, kRenegotiationInfo = 0xff01;
constexpr std::uint8_t kUncompressed = 0;
constexpr std::uint16_t kEcdsaSha256 = 0x0403;
constexpr std::uint8_t kNamedCurve = 3;
constexpr std::size_t kMaxSessionId = 32;
constexpr std::size_t kMaxExtensions = 64; // more is no hello of anybody

template <class T>
Parsed<T> refuse(std::uint8_t alert) {
    return {{}, alert};
}

Bytes vector8(Reader& reader) {
    return copyOf(reader.take(reader.u8()));
}
Bytes vector16(Reader& reader) {
    return copyOf(reader.take(reader.u16()));
}

std::vector<std::uint16_t> numbers(Reader& from, ByteView octets) {
    if (octets.empty() || octets.size() % 2 != 0)
        from.fail();
    std::vector<std::uint16_t> out;
    Reader reader{octets};
    while (reader.left() >= 2)
        out.push_back(reader.u16());
    return out;
}

HelloRandom random32(Reader& reader) {
    HelloRandom out{};
    std::ranges::copy(reader.take(out.size()), out.begin());
    return out;
}

// Calls `each(type, body)`, which answers with an alert or nothing. An extension block is optional (RFC 5246 7.4.1.2).
template <class Each>
std::optional<std::uint8_t> forEachExtension(Reader& reader, Each each) {
    if (reader.left() == 0)
        return std::nullopt;
    Reader block{reader.take(reader.u16())};
    std::vector<std::uint16_t> seen;
    while (block.left() != 0) {
        const auto type = block.u16();
        const auto body = block.take(block.u16());
        if (!block.ok() || seen.size() == kMaxExtensions)
            return alert::decodeError;
        if (std::ranges::find(seen, type) != seen.end())
            return alert::illegalParameter;
        seen.push_back(type);
        if (const std::optional<std::uint8_t> bad = each(type, body))
            return bad;
    }
    return reader.done() ? std::nullopt : std::optional<std::uint8_t>{alert::decodeError};
}

// A first handshake has nothing to renegotiate (RFC 5746 section 3.4, 3.6).
std::optional<std::uint8_t> judgeRenegotiationInfo(ByteView body) {
    return equal(body, std::array<std::uint8_t, 1>{0}) ? std::nullopt
                                                       : std::optional<std::uint8_t>{alert::handshakeFailure};
}

struct ExtensionWriter {
    Writer block;
    void add(std::uint16_t type, ByteView body) { block.u16(type).u16(body.size()).bytes(body); }
    void appendTo(Writer& out) const {
        if (block.size() != 0)
            out.u16(block.size()).bytes(block.view());
    }
};

} // namespace

Bytes wrapMessage(MessageType type, std::uint16_t sequence, ByteView body) {
    return Writer{}
        .u8(static_cast<std::uint8_t>(type))
        .u24(body.size())
        .u16(sequence)
        .u24(0)
        .u24(body.size())
        .bytes(body)
        .take();
}

Parsed<ClientHello> parseClientHello(ByteView body) {
    Reader reader{body};
    ClientHello hello;
    hello.version = reader.u16();
    hello.random = random32(reader);
    hello.sessionId = vector8(reader);
    hello.cookie = vector8(reader);
    hello.suites = numbers(reader, reader.take(reader.u16()));
    const auto compression = vector8(reader);
    if (!reader.ok() || hello.sessionId.size() > kMaxSessionId || compression.empty())
        return refuse<ClientHello>(alert::decodeError);
    hello.nullCompression = std::ranges::find(compression, kNullCompression) != compression.end();
    hello.renegotiationInfo = std::ranges::find(hello.suites, kRenegotiationScsv) != hello.suites.end();

    const auto bad =
        forEachExtension(reader, [&](std::uint16_t type, ByteView extension) -> std::optional<std::uint8_t> {
            Reader inner{extension};
            switch (type) {
            case kSupportedGroups:
                hello.groups = numbers(inner, inner.take(inner.u16()));
                break;
            case kPointFormats:
                hello.pointFormats = vector8(inner);
                break;
            case kExtendedMasterSecret:
                hello.extendedMasterSecret = true;
                break;
            case kRenegotiationInfo:
                hello.renegotiationInfo = true;
                return judgeRenegotiationInfo(extension);
            default:
                return std::nullopt;
            }
            return inner.done() ? std::nullopt : std::optional<std::uint8_t>{alert::decodeError};
        });
    if (bad)
        return refuse<ClientHello>(*bad);
    return {std::move(hello), std::nullopt};
}

Bytes serialiseClientHello(const HelloRandom& random, ByteView cookie, Suite suite, bool extendedMasterSecret) {
    Writer out;
    out.u16(kVersion).bytes(random);
    out.u8(0); // no session to resume
    out.u8(cookie.size()).bytes(cookie);
    out.u16(4).u16(static_cast<std::uint16_t>(suite)).u16(kRenegotiationScsv);
    out.u8(1).u8(kNullCompression);
    ExtensionWriter extensions;
    extensions.add(kSupportedGroups, Writer{}.u16(2).u16(kSecp256r1).view());
    // Nothing is signed; sent because servers assume SHA-1 without it, and a strict one then refuses.
    extensions.add(kSignatureAlgorithms, Writer{}.u16(2).u16(kEcdsaSha256).view());
    extensions.add(kPointFormats, Writer{}.u8(1).u8(kUncompressed).view());
    if (extendedMasterSecret)
        extensions.add(kExtendedMasterSecret, {});
    extensions.appendTo(out);
    return out.take();
}

Parsed<HelloVerifyRequest> parseHelloVerifyRequest(ByteView body) {
    Reader reader{body};
    reader.u16(); // says nothing about the version to come (RFC 6347 section 4.2.1)
    HelloVerifyRequest request{vector8(reader)};
    if (!reader.done() || request.cookie.empty())
        return refuse<HelloVerifyRequest>(alert::decodeError);
    return {std::move(request), std::nullopt};
}

Parsed<ServerHello> parseServerHello(ByteView body) {
    Reader reader{body};
    ServerHello hello;
    hello.version = reader.u16();
    hello.random = random32(reader);
    hello.sessionId = vector8(reader);
    hello.suite = reader.u16();
    hello.compression = reader.u8();
    if (!reader.ok() || hello.sessionId.size() > kMaxSessionId)
        return refuse<ServerHello>(alert::decodeError);
    const auto bad =
        forEachExtension(reader, [&](std::uint16_t type, ByteView extension) -> std::optional<std::uint8_t> {
            switch (type) {
            case kRenegotiationInfo:
                hello.renegotiationInfo = true;
                return judgeRenegotiationInfo(extension);
            case kExtendedMasterSecret:
                hello.extendedMasterSecret = true;
                return extension.empty() ? std::nullopt : std::optional<std::uint8_t>{alert::decodeError};
            case kPointFormats: {
                hello.pointFormats = true;
                Reader inner{extension};
                const auto formats = vector8(inner);
                if (!inner.done())
                    return alert::decodeError;
                if (std::ranges::find(formats, kUncompressed) == formats.end())
                    return alert::illegalParameter;
                return std::nullopt;
            }
            default:
                return kUnsupportedExtension; // we did not ask for it (RFC 5246 section 7.4.1.4)
            }
        });
    if (bad)
        return refuse<ServerHello>(*bad);
    return {std::move(hello), std::nullopt};
}

Bytes serialise(const ServerHello& hello) {
    Writer out;
    out.u16(hello.version).bytes(hello.random);
    out.u8(hello.sessionId.size()).bytes(hello.sessionId);
    out.u16(hello.suite).u8(hello.compression);
    ExtensionWriter extensions;
    if (hello.renegotiationInfo)
        extensions.add(kRenegotiationInfo, Writer{}.u8(0).view());
    if (hello.extendedMasterSecret)
        extensions.add(kExtendedMasterSecret, {});
    if (hello.pointFormats)
        extensions.add(kPointFormats, Writer{}.u8(1).u8(kUncompressed).view());
    extensions.appendTo(out);
    return out.take();
}

Parsed<ServerKeyExchange> parseServerKeyExchange(ByteView body, Suite suite) {
    Reader reader{body};
    ServerKeyExchange exchange;
    if (suite == Suite::ecdhePskAes128CbcSha256)
        exchange.hint = vector16(reader);
    const auto curveType = reader.u8();
    const auto curve = reader.u16();
    exchange.point = vector8(reader);
    if (!reader.done()) // a signature, too, would be left over
        return refuse<ServerKeyExchange>(alert::decodeError);
    if (curveType != kNamedCurve || curve != kSecp256r1)
        return refuse<ServerKeyExchange>(alert::illegalParameter);
    return {std::move(exchange), std::nullopt};
}

Bytes serialise(const ServerKeyExchange& exchange, Suite suite) {
    Writer out;
    if (suite == Suite::ecdhePskAes128CbcSha256)
        out.u16(exchange.hint.size()).bytes(exchange.hint);
    return out.u8(kNamedCurve).u16(kSecp256r1).u8(exchange.point.size()).bytes(exchange.point).take();
}

Parsed<ClientKeyExchange> parseClientKeyExchange(ByteView body, Suite suite) {
    Reader reader{body};
    ClientKeyExchange exchange;
    if (suite == Suite::ecdhePskAes128CbcSha256)
        exchange.identity = vector16(reader);
    exchange.point = vector8(reader);
    if (!reader.done())
        return refuse<ClientKeyExchange>(alert::decodeError);
    return {std::move(exchange), std::nullopt};
}

Bytes serialise(const ClientKeyExchange& exchange, Suite suite) {
    Writer out;
    if (suite == Suite::ecdhePskAes128CbcSha256)
        out.u16(exchange.identity.size()).bytes(exchange.identity);
    return out.u8(exchange.point.size()).bytes(exchange.point).take();
}

} // namespace ocfsecd::dtls::ocf_suite
