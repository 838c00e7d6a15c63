#pragma once
// The server's side of the handshake, from the ClientHello with a good cookie on.

#include "dtls/ocf_suite/handshake.h"

namespace ocfsecd::dtls::ocf_suite {

class ServerHandshake final : public Handshake {
public:
    /// `suites` by preference. `nextMessage`: number of the ServerHello.
    ServerHandshake(Random& random, std::uint16_t nextMessage, std::vector<Suite> suites, Bytes hint);
    Outcome onMessage(const Message& message) override;
    Outcome provideKey(const SharedSecret& key) override;

private:
    enum class State { clientHello, clientKeyExchange, key, finished, over };
    static const Step<ServerHandshake> kSteps[];
    static const Part<ServerHandshake> kHelloFlight[], kFinishedFlight[];

    Outcome onClientHello(const Message& message);
    Outcome onClientKeyExchange(const Message& message);
    Outcome onFinished(const Message& message);
    Outcome deriveWith(ByteView psk);
    std::optional<Fault> judge(const ClientHello& hello);

    Bytes serverHello();
    Bytes serverKeyExchange();
    Bytes serverHelloDone();
    Bytes finished();

    State state_ = State::clientHello;
    std::vector<Suite> suites_;
    bool answerRenegotiationInfo_ = false, answerPointFormats_ = false;
    Bytes peerPoint_;
};

} // namespace ocfsecd::dtls::ocf_suite
