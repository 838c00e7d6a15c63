#include "dtls/client_hello.h"

#include "dtls/record.h"

#include <algorithm>

namespace ocfsecd::dtls {

namespace {

constexpr std::uint16_t kDtls12 = 0xfefd;
constexpr std::uint16_t kSupportedVersions = 43; // RFC 8446 section 4.2.1

constexpr std::uint16_t kSupportedGroups = 10; // RFC 8422 section 5.1.1
constexpr std::uint16_t kSecp256r1 = 23;

std::optional<ByteView> findExtension(ByteView extensions, std::uint16_t wanted) {
    Reader reader{extensions};
    while (reader.ok() && reader.left() != 0) {
        const auto type = reader.u16();
        const auto body = reader.take(reader.u16());
        if (type == wanted && reader.ok())
            return body;
    }
    return std::nullopt;
}

// Versions count downwards on the wire: DTLS 1.0 is feff. A client of DTLS 1.3 says 1.2 here and the truth in the
// extension, which then decides.
bool offersDtls12(std::uint16_t version, ByteView extensions) {
    if (const auto versions = findExtension(extensions, kSupportedVersions)) {
        Reader body{*versions};
        Reader list{body.take(body.u8())};
        while (list.left() >= 2)
            if (list.u16() == kDtls12)
                return true;
        return false;
    }
    return version >> 8 == kDtls12 >> 8 && version <= kDtls12;
}

bool offersP256(ByteView extensions) {
    const auto groups = findExtension(extensions, kSupportedGroups);
    if (!groups)
        return true;
    Reader body{*groups};
    Reader list{body.take(body.u16())};
    while (list.left() >= 2)
        if (list.u16() == kSecp256r1)
            return true;
    return false;
}

} // namespace

bool ClientHello::offers(Suite suite) const {
    return std::ranges::find(suites, static_cast<std::uint16_t>(suite)) != suites.end();
}

std::optional<ClientHello> readClientHello(ByteView datagram) {
    const auto record = nextRecord(datagram);
    if (!record || record->type != ContentType::handshake || record->epoch != 0)
        return std::nullopt;
    auto rest = record->fragment;
    const auto message = nextFragment(rest);
    if (!message || message->type != handshakeType::clientHello || message->body.size() != message->length)
        return std::nullopt;

    ClientHello hello;
    hello.recordSequence = record->sequence;
    Reader reader{message->body};
    const auto version = reader.u16();
    const auto random = reader.take(hello.random.size());
    reader.take(reader.u8()); // session id
    reader.take(reader.u8()); // cookie: the jar judged it
    Reader suites{reader.take(reader.u16())};
    while (suites.left() >= 2)
        hello.suites.push_back(suites.u16());
    reader.take(reader.u8()); // compression methods
    if (!reader.ok() || suites.left() != 0)
        return std::nullopt;
    std::ranges::copy(random, hello.random.begin());
    const auto extensions = reader.left() != 0 ? reader.take(reader.u16()) : ByteView{};
    hello.offersDtls12 = offersDtls12(version, extensions);
    hello.offersP256 = offersP256(extensions);
    return reader.ok() ? std::optional{std::move(hello)} : std::nullopt;
}

} // namespace ocfsecd::dtls
