#include "dtls/server_session.h"

#include "dtls/gnutls_certificate_server.h"
#include "dtls/ocf_suite/engine.h"
#include "dtls/priorities.h"

#include <algorithm>

namespace ocfsecd::dtls {

namespace {

bool hasZeroOctet(ByteView hint) {
    return std::ranges::find(hint, std::uint8_t{0}) != hint.end();
}

} // namespace

bool runsOnOwnEngine(Suite suite, ByteView hint) {
    return !isGnutlsSuite(suite) || (suite == Suite::ecdhePskAes128CbcSha256 && hasZeroOctet(hint));
}

std::unique_ptr<Session> makeServerSession(ServerParameters parameters, Random& random, TimePoint now) {
    if (!runsOnOwnEngine(parameters.suite, parameters.hint))
        return needsCertificates(parameters.suite) ? makeGnutlsCertificateServer(std::move(parameters), now)
                                                   : makeGnutlsServer(std::move(parameters), now);
    const auto& prestate = parameters.prestate;
    return ocf_suite::makeServer({{parameters.suite},
                                  std::move(parameters.hint),
                                  {.messageRead = static_cast<std::uint16_t>(prestate.hsk_read_seq),
                                   .messageWrite = static_cast<std::uint16_t>(prestate.hsk_write_seq + 1),
                                   .recordWrite = prestate.record_seq + 1ULL},
                                  parameters.timers},
                                 random, now);
}

} // namespace ocfsecd::dtls
