#pragma once
// The small DTLS 1.2 engine for what GnuTLS cannot say (L2.2, L2.3): exactly 0xFF00 and 0xC037, both sides, behind the
// same Session interface. It can be deleted the day GnuTLS learns both.

#include "base/random.h"
#include "dtls/session.h"

namespace ocfsecd::dtls::ocf_suite {

/// Where the stateless part of the handshake left off; it keeps nothing else.
struct Prestate {
    std::uint16_t messageRead = 1;  ///< number of the ClientHello with the good cookie
    std::uint16_t messageWrite = 1; ///< number for the ServerHello
    std::uint64_t recordWrite = 1;  ///< next record number of epoch 0
};

struct ServerParameters {
    std::vector<Suite> suites; ///< allowed ones, by preference
    Bytes pskHint;             ///< raw; zero octets are octets
    Prestate prestate;
    Timers timers;
};

/// What nobody changes but tests.
struct EngineOptions {
    std::size_t maxDatagram = 1232; ///< kMaxDatagram of flight.h
    bool offerExtendedMasterSecret = true;
    std::uint64_t firstSealedRecord = 0; ///< number of our first record of epoch 1
};

/// Expects the datagram with the cookie-valid ClientHello as its first feed(). `random` must outlive the session.
std::unique_ptr<Session> makeServer(ServerParameters parameters, Random& random, TimePoint now,
                                    EngineOptions options = {});
/// The first flight is in `out`. `random` must outlive the session.
std::unique_ptr<Session> makeClient(ClientParameters parameters, Random& random, TimePoint now, Output& out,
                                    EngineOptions options = {});

} // namespace ocfsecd::dtls::ocf_suite
