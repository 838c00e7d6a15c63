#include "dtls/gnutls_client.h"

namespace ocfsecd::dtls {

std::unique_ptr<Session> makeClientSession(ClientParameters parameters, TimePoint now, Output& out, bool) {
    return makeGnutlsClient(std::move(parameters), now, out);
}

} // namespace ocfsecd::dtls
