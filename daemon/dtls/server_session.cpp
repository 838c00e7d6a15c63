#include "dtls/server_session.h"

namespace ocfsecd::dtls {

std::unique_ptr<Session> makeServerSession(ServerParameters parameters, Random&, TimePoint now) {
    return makeGnutlsServer(std::move(parameters), now);
}

} // namespace ocfsecd::dtls
