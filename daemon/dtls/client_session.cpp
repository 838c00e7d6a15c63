#include "dtls/gnutls_client.h"
#include "dtls/ocf_suite/engine.h"
#include "dtls/priorities.h"

namespace ocfsecd::dtls {

std::unique_ptr<Session> makeClientSession(ClientParameters parameters, TimePoint now, Output& out,
                                           bool forceOwnEngine) {
    const bool everyCertificateSuite = parameters.suite == Suite::none && parameters.certificates;
    if ((isGnutlsSuite(parameters.suite) || everyCertificateSuite) && !forceOwnEngine)
        return makeGnutlsClient(std::move(parameters), now, out);
    static SystemRandom random; // holds no state: the kernel's generator, as GnuTLS uses it for its own
    return ocf_suite::makeClient(std::move(parameters), random, now, out);
}

} // namespace ocfsecd::dtls
