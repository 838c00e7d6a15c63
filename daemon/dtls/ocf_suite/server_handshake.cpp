#include "dtls/ocf_suite/server_handshake.h"

#include <algorithm>

namespace ocfsecd::dtls::ocf_suite {

namespace {
constexpr std::size_t kSessionId = 32; // though nothing is resumable: what clients are used to see (facts 7.1)
constexpr std::uint8_t kUncompressed = 0;
} // namespace

const Handshake::Step<ServerHandshake> ServerHandshake::kSteps[] = {
    {static_cast<int>(State::clientHello), MessageType::clientHello, &ServerHandshake::onClientHello},
    {static_cast<int>(State::clientKeyExchange), MessageType::clientKeyExchange, &ServerHandshake::onClientKeyExchange},
    {static_cast<int>(State::finished), MessageType::finished, &ServerHandshake::onFinished},
};

const Handshake::Part<ServerHandshake> ServerHandshake::kHelloFlight[] = {
    {MessageType::serverHello, &ServerHandshake::serverHello},
    {MessageType::serverKeyExchange, &ServerHandshake::serverKeyExchange},
    {MessageType::serverHelloDone, &ServerHandshake::serverHelloDone},
};
const Handshake::Part<ServerHandshake> ServerHandshake::kFinishedFlight[] = {
    kChangeCipherSpec<ServerHandshake>,
    {MessageType::finished, &ServerHandshake::finished},
};

ServerHandshake::ServerHandshake(Random& random, std::uint16_t nextMessage, std::vector<Suite> suites, Bytes hint)
    : Handshake{random, nextMessage}, suites_{std::move(suites)} {
    hint_ = std::move(hint);
}

Outcome ServerHandshake::onMessage(const Message& message) {
    return follow(*this, std::span<const Step<ServerHandshake>>{kSteps}, state_, message);
}

Outcome ServerHandshake::onClientHello(const Message& message) {
    const auto hello = parseClientHello(message.body());
    if (!hello)
        return fail(*hello.alert, "the ClientHello is malformed");
    Outcome out;
    out.fault = judge(hello.value);
    if (out.fault)
        return out;
    clientRandom_ = hello.value.random;
    extendedMasterSecret_ = hello.value.extendedMasterSecret;
    answerRenegotiationInfo_ = hello.value.renegotiationInfo;
    answerPointFormats_ = hello.value.pointFormats.has_value();
    transcript_.update(message.raw);
    drawRandom(serverRandom_);
    out.flight = compose(*this, std::span<const Part<ServerHandshake>>{kHelloFlight});
    state_ = State::clientKeyExchange;
    return out;
}

std::optional<Fault> ServerHandshake::judge(const ClientHello& hello) {
    // Versions count downwards: DTLS 1.0 is feff, whatever comes after 1.2 is lower.
    if (hello.version >> 8 != kVersion >> 8 || hello.version > kVersion)
        return fail(alert::protocolVersion, "the peer does not offer DTLS 1.2").fault;
    const auto chosen = std::ranges::find_if(suites_, [&](Suite suite) {
        return std::ranges::find(hello.suites, static_cast<std::uint16_t>(suite)) != hello.suites.end();
    });
    if (chosen == suites_.end())
        return fail(alert::handshakeFailure, "the peer offers no cipher suite that is allowed now").fault;
    if (hello.groups && std::ranges::find(*hello.groups, kSecp256r1) == hello.groups->end())
        return fail(alert::handshakeFailure, "the peer does not offer secp256r1").fault;
    if (hello.pointFormats && std::ranges::find(*hello.pointFormats, kUncompressed) == hello.pointFormats->end())
        return fail(alert::illegalParameter, "the peer refuses uncompressed points").fault;
    if (!hello.nullCompression)
        return fail(alert::illegalParameter, "the peer insists on compression").fault;
    suite_ = *chosen;
    return std::nullopt;
}

Outcome ServerHandshake::onClientKeyExchange(const Message& message) {
    auto exchange = parseClientKeyExchange(message.body(), suite_);
    if (!exchange)
        return fail(*exchange.alert, "the ClientKeyExchange is malformed");
    peerPoint_ = std::move(exchange.value.point);
    transcript_.update(message.raw);
    if (suite_ != Suite::ecdhePskAes128CbcSha256)
        return deriveWith({});
    if (exchange.value.identity.size() > kMaxIdentity)
        return fail(alert::unknownPskIdentity, "the peer's PSK identity is longer than any that is given out",
                    Reason::unknownPskIdentity);
    identity_ = std::move(exchange.value.identity);
    state_ = State::key;
    Outcome out;
    out.keyWanted = true;
    return out;
}

Outcome ServerHandshake::provideKey(const SharedSecret& key) {
    if (state_ != State::key)
        return {};
    if (!key || key->empty())
        return fail(alert::unknownPskIdentity, "no key for the peer's PSK identity", Reason::unknownPskIdentity,
                    "provision a pairwise credential for the peer, or onboard again");
    return deriveWith(key->view());
}

Outcome ServerHandshake::deriveWith(ByteView psk) {
    if (!derive(peerPoint_, psk))
        return fail(alert::illegalParameter, "the peer's public point is not on the curve");
    state_ = State::finished;
    Outcome out;
    out.keysReady = true;
    return out;
}

Outcome ServerHandshake::onFinished(const Message& message) {
    auto out = checkFinished(message, Role::client);
    if (out.fault)
        return out;
    out.flight = compose(*this, std::span<const Part<ServerHandshake>>{kFinishedFlight});
    state_ = State::over;
    return out;
}

Bytes ServerHandshake::serverHello() {
    ServerHello hello;
    hello.random = serverRandom_;
    hello.sessionId.resize(kSessionId);
    random_.fill(hello.sessionId);
    hello.suite = static_cast<std::uint16_t>(suite_);
    hello.renegotiationInfo = answerRenegotiationInfo_;
    hello.extendedMasterSecret = extendedMasterSecret_;
    hello.pointFormats = answerPointFormats_;
    return serialise(hello);
}

Bytes ServerHandshake::serverKeyExchange() {
    ephemeral_.emplace(random_);
    return serialise(ServerKeyExchange{hint_, ephemeral_->publicPoint()}, suite_);
}

Bytes ServerHandshake::serverHelloDone() {
    return {};
}

Bytes ServerHandshake::finished() {
    const auto data = finishedOf(Role::server);
    return {data.begin(), data.end()};
}

} // namespace ocfsecd::dtls::ocf_suite
