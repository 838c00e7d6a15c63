#include "dtls/ocf_suite/client_handshake.h"

#include <algorithm>
#include <iterator>

namespace ocfsecd::dtls::ocf_suite {

namespace {
// A server whose secret has just changed asks a second time; more is somebody who keeps us busy.
constexpr int kMaxCookies = 3;
} // namespace

const Handshake::Step<ClientHandshake> ClientHandshake::kSteps[] = {
    {static_cast<int>(State::serverHello), MessageType::serverHello, &ClientHandshake::onServerHello},
    {static_cast<int>(State::serverKeyExchange), MessageType::serverKeyExchange, &ClientHandshake::onServerKeyExchange},
    {static_cast<int>(State::serverHelloDone), MessageType::serverHelloDone, &ClientHandshake::onServerHelloDone},
    {static_cast<int>(State::finished), MessageType::finished, &ClientHandshake::onFinished},
};

const Handshake::Part<ClientHandshake> ClientHandshake::kHelloFlight[] = {
    {MessageType::clientHello, &ClientHandshake::clientHello},
};
// One flight in two halves: the session hash is taken between them.
const Handshake::Part<ClientHandshake> ClientHandshake::kKeyExchangeFlight[] = {
    {MessageType::clientKeyExchange, &ClientHandshake::clientKeyExchange},
};
const Handshake::Part<ClientHandshake> ClientHandshake::kFinishedFlight[] = {
    kChangeCipherSpec<ClientHandshake>,
    {MessageType::finished, &ClientHandshake::finished},
};

ClientHandshake::ClientHandshake(Random& random, ClientParameters parameters, bool offerExtendedMasterSecret)
    : Handshake{random, 0}, parameters_{std::move(parameters)}, offerExtendedMasterSecret_{offerExtendedMasterSecret} {
    drawRandom(clientRandom_);
}

Outcome ClientHandshake::start() {
    Outcome out;
    transcript_ = {}; // HelloVerifyRequest and the hello before it do not count (RFC 6347 section 4.2.1)
    out.flight = compose(*this, std::span<const Part<ClientHandshake>>{kHelloFlight});
    return out;
}

Outcome ClientHandshake::onMessage(const Message& message) {
    return follow(*this, std::span<const Step<ClientHandshake>>{kSteps}, state_, message);
}

Outcome ClientHandshake::onHelloVerifyRequest(ByteView body) {
    if (state_ != State::serverHello)
        return {};
    auto request = parseHelloVerifyRequest(body);
    if (!request || equal(request.value.cookie, cookie_) || cookiesTaken_ == kMaxCookies)
        return {}; // unauthenticated, perhaps a late copy: the retransmission timer goes on
    ++cookiesTaken_;
    cookie_ = std::move(request.value.cookie);
    return start();
}

Outcome ClientHandshake::onServerHello(const Message& message) {
    const auto hello = parseServerHello(message.body());
    if (!hello)
        return fail(*hello.alert, "the ServerHello is malformed");
    if (hello.value.version != kVersion)
        return fail(alert::protocolVersion, "the server does not speak DTLS 1.2");
    if (hello.value.suite != static_cast<std::uint16_t>(parameters_.suite) ||
        hello.value.compression != kNullCompression)
        return fail(alert::illegalParameter, "the server chose what was not offered");
    if (hello.value.extendedMasterSecret && !offerExtendedMasterSecret_)
        return fail(kUnsupportedExtension, "the server answered an extension that was not offered");
    suite_ = parameters_.suite;
    serverRandom_ = hello.value.random;
    extendedMasterSecret_ = hello.value.extendedMasterSecret;
    transcript_.update(message.raw);
    state_ = State::serverKeyExchange;
    return {};
}

Outcome ClientHandshake::onServerKeyExchange(const Message& message) {
    auto exchange = parseServerKeyExchange(message.body(), suite_);
    if (!exchange)
        return fail(*exchange.alert, "the ServerKeyExchange is malformed");
    hint_ = std::move(exchange.value.hint);
    peerPoint_ = std::move(exchange.value.point);
    transcript_.update(message.raw);
    state_ = State::serverHelloDone;
    return {};
}

Outcome ClientHandshake::onServerHelloDone(const Message& message) {
    if (!message.body().empty())
        return fail(alert::decodeError, "the ServerHelloDone is malformed");
    transcript_.update(message.raw);
    std::optional<ClientKey> key;
    if (suite_ == Suite::ecdhePskAes128CbcSha256) {
        key = parameters_.chooseKey ? parameters_.chooseKey(hint_) : std::nullopt;
        if (!key || !key->key || key->key->empty())
            return fail(alert::handshakeFailure, "no key for the server that named itself in its hint",
                        Reason::unknownPskIdentity, "own the device first, or get a pairwise credential for it");
        if (key->identity.size() > kMaxIdentity)
            return fail(alert::internalError, "our PSK identity is too long", Reason::internal);
        identity_ = key->identity;
    }
    Outcome out;
    out.flight = compose(*this, std::span<const Part<ClientHandshake>>{kKeyExchangeFlight});
    if (!derive(peerPoint_, key ? key->key->view() : ByteView{}))
        return fail(alert::illegalParameter, "the server's public point is not on the curve");
    std::ranges::move(compose(*this, std::span<const Part<ClientHandshake>>{kFinishedFlight}),
                      std::back_inserter(out.flight));
    out.keysReady = true;
    state_ = State::finished;
    return out;
}

Outcome ClientHandshake::onFinished(const Message& message) {
    auto out = checkFinished(message, Role::server);
    if (!out.fault)
        state_ = State::over;
    return out;
}

Bytes ClientHandshake::clientHello() {
    return serialiseClientHello(clientRandom_, cookie_, parameters_.suite, offerExtendedMasterSecret_);
}

Bytes ClientHandshake::clientKeyExchange() {
    ephemeral_.emplace(random_);
    return serialise(ClientKeyExchange{identity_, ephemeral_->publicPoint()}, suite_);
}

Bytes ClientHandshake::finished() {
    const auto data = finishedOf(Role::client);
    return {data.begin(), data.end()};
}

} // namespace ocfsecd::dtls::ocf_suite
