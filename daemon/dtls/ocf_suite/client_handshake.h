#pragma once
// The client's side of the handshake: offers one suite, chooses the key by the server's raw hint.

#include "dtls/ocf_suite/handshake.h"

namespace ocfsecd::dtls::ocf_suite {

class ClientHandshake final : public Handshake {
public:
    ClientHandshake(Random& random, ClientParameters parameters, bool offerExtendedMasterSecret);
    /// The first flight.
    Outcome start();
    Outcome onMessage(const Message& message) override;
    Outcome onHelloVerifyRequest(ByteView body) override;
    bool startsNumbering(MessageType type) const override {
        return state_ == State::serverHello && type == MessageType::serverHello;
    }

private:
    enum class State { serverHello, serverKeyExchange, serverHelloDone, finished, over };
    static const Step<ClientHandshake> kSteps[];
    static const Part<ClientHandshake> kHelloFlight[], kKeyExchangeFlight[], kFinishedFlight[];

    Outcome onServerHello(const Message& message);
    Outcome onServerKeyExchange(const Message& message);
    Outcome onServerHelloDone(const Message& message);
    Outcome onFinished(const Message& message);

    Bytes clientHello();
    Bytes clientKeyExchange();
    Bytes finished();

    State state_ = State::serverHello;
    ClientParameters parameters_;
    bool offerExtendedMasterSecret_;
    Bytes cookie_;
    int cookiesTaken_ = 0;
    Bytes peerPoint_;
};

} // namespace ocfsecd::dtls::ocf_suite
