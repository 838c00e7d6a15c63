#include "dtls/ocf_suite/engine.h"

#include "dtls/ocf_suite/association.h"
#include "dtls/ocf_suite/client_handshake.h"
#include "dtls/ocf_suite/server_handshake.h"

namespace ocfsecd::dtls::ocf_suite {

std::unique_ptr<Session> makeServer(ServerParameters parameters, Random& random, TimePoint now, EngineOptions options) {
    auto handshake = std::make_unique<ServerHandshake>(random, parameters.prestate.messageWrite,
                                                       std::move(parameters.suites), std::move(parameters.pskHint));
    return std::make_unique<Association>(
        Association::Start{Role::server, parameters.timers, options, parameters.prestate}, random, std::move(handshake),
        now);
}

std::unique_ptr<Session> makeClient(ClientParameters parameters, Random& random, TimePoint now, Output& out,
                                    EngineOptions options) {
    const auto timers = parameters.timers;
    auto handshake =
        std::make_unique<ClientHandshake>(random, std::move(parameters), options.offerExtendedMasterSecret);
    auto& client = *handshake;
    auto association = std::make_unique<Association>(Association::Start{Role::client, timers, options, {0, 0, 0}},
                                                     random, std::move(handshake), now);
    association->begin(client.start(), now, out);
    return association;
}

} // namespace ocfsecd::dtls::ocf_suite
