#pragma once
// What a Device wants done by those who own sockets, disk, TPM, journal and bus. A Device only says so and is told the
// outcome.

#include "coap/exchange.h"
#include "dtls/listener.h"
#include "svr/state.h"

#include <string>
#include <utility>
#include <vector>

namespace ocfsecd::ocf {

/// Make this state durable, then Device::committed(). Keys without a sealed object are sealed on the way.
struct CommitRequest {
    std::uint64_t ticket = 0;
    svr::DeviceState state;
    bool transition = false; ///< `dos` changes: the NV counter is advanced
};

/// Unseal the key a handshake waits for, then Device::unsealed().
struct UnsealRequest {
    dtls::SessionId session = 0;
    svr::SealedBlob blob;
};

/// The steps of ending an ownership (design section 4, "RESET of an owned device").
enum class ResetStep {
    mark,   ///< durable "resetting" mark, then Device::resettingMarked()
    finish, ///< epoch advanced, everything erased, then Device::resetFinished()
};

/// Something an operator or an auditor may want to know. Never a secret.
struct Event {
    enum class Kind {
        stateChanged,
        methodSelected,
        ownerCredentialEstablished,
        owned,
        resetBegun,
        resetDone,
        accessDenied,
        requestRefused,
        handshakeFailed,
        connectionRefused,
        unexpectedTraffic,
        commitFailed,
    };
    Kind kind = Kind::stateChanged;
    Reason reason = Reason::internal;                        ///< of a refusal
    std::string text;                                        ///< one sentence
    std::string next;                                        ///< the next step, of a refusal
    std::vector<std::pair<std::string, std::string>> fields; ///< e.g. PEER, HREF, STATE
};

struct Effects {
    std::vector<coap::Outgoing> clear;
    std::vector<dtls::Datagram> secure;
    std::vector<CommitRequest> commits;
    std::vector<UnsealRequest> unseals;
    std::vector<ResetStep> resets;
    std::vector<Event> events;
    bool changed = false; ///< something the bus shows may have changed
};

} // namespace ocfsecd::ocf
