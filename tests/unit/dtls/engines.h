#pragma once
// The same tests over every pairing of the two engines.

#include "world.h"

#include <gtest/gtest.h>

namespace ocfsecd::dtls::test {

struct Engines {
    bool ownServer = false;
    bool ownClient = false;
};

inline constexpr Engines kPairings[] = {{false, false}, {false, true}, {true, false}, {true, true}};
inline constexpr Engines kServers[] = {{false, false}, {true, false}}; ///< for clients that are not ours

inline std::string engineNames(const ::testing::TestParamInfo<Engines>& info) {
    return std::string{info.param.ownServer ? "own" : "gnutls"} + "ServerWith" +
           (info.param.ownClient ? "Own" : "Gnutls") + "Client";
}

/// A world whose 0xC037 runs on the engines of the parameter. A zero octet in the hint brings the own server engine.
class WithEngines : public ::testing::TestWithParam<Engines> {
protected:
    World& world() { return world(ListenerSettings{}); }
    World& world(const ListenerSettings& settings) {
        if (!world_) {
            world_.emplace(settings);
            world_->gate.admission.pskHint = hint();
        }
        return *world_;
    }
    Bytes hint() const { return GetParam().ownServer ? kZeroHint : kPlainHint; }
    Client& connect(const Address& at, ClientParameters parameters = pskClient()) {
        return world().connect(at, std::move(parameters), GetParam().ownClient);
    }
    /// Connects and expects success; the session's number.
    SessionId open(const Address& at) {
        auto& client = connect(at);
        EXPECT_EQ(client.session->phase(), Phase::established) << client.session->closeReason().failure.what;
        return world().listener.find(at);
    }

private:
    std::optional<World> world_;
};

/// Items of the conformance checklist (facts, appendix A), under their IDs.
class Conformance : public WithEngines {};
/// Handshakes under good and bad conditions.
class Handshake : public WithEngines {};
/// Established associations.
class Association : public WithEngines {};
/// The listener's table of peers.
class Peers : public WithEngines {};

} // namespace ocfsecd::dtls::test
