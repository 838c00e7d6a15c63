#pragma once
// What a Device wants done by those who own sockets, disk, TPM, journal and bus. A Device only says so and is told the
// outcome.

#include "coap/exchange.h"
#include "dtls/listener.h"
#include "ocf/random_pin.h"
#include "svr/audit_log.h"
#include "svr/state.h"

#include <string>
#include <string_view>
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

/// Which of the device's two signing keys; both live in the TPM.
enum class SigningKey { manufacturer, identity };

/// Run the part of a handshake that signs, on the worker and with this key, then Device::stepDone().
struct StepRequest {
    dtls::SessionId session = 0;
    SigningKey key = SigningKey::identity;
    std::optional<svr::IdentityKey> identityKey; ///< for SigningKey::identity
    dtls::BlockingStep step;
};

/// Make a certificate request (PKCS#10) for this UUID, first the key when there is none, then Device::csrMade().
struct CsrRequest {
    std::uint64_t ticket = 0;
    Uuid deviceuuid;
    std::optional<svr::IdentityKey> identityKey;
};
struct MadeCsr {
    svr::IdentityKey identityKey; ///< the one given, or the new one
    std::string pem;
};

/// The steps of ending an ownership (design section 4, "RESET of an owned device").
enum class ResetStep {
    mark,   ///< durable "resetting" mark, then Device::resettingMarked()
    finish, ///< epoch advanced, everything erased, then Device::resetFinished()
};

/// A person is to see a PIN, or the former one is void.
struct PinNotice {
    std::optional<ShownPin> pin;
    std::string why; ///< of a void one: "used", "expired", "reset", "replaced"
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
        started,         ///< an owned device, with what it found on the disk
        resourceChanged, ///< a secure resource was written
    };
    Kind kind = Kind::stateChanged;
    Reason reason = Reason::internal;                        ///< of a refusal
    std::string text;                                        ///< one sentence
    std::string next;                                        ///< the next step, of a refusal
    std::vector<std::pair<std::string, std::string>> fields; ///< e.g. PEER, HREF, STATE

    /// Empty where there is no such field.
    std::string_view field(std::string_view name) const {
        for (const auto& [key, value] : fields)
            if (key == name)
                return value;
        return {};
    }
    /// The peer without its port: a source is a machine, not one of its sockets.
    std::string_view host() const {
        const auto peer = field("PEER");
        return peer.substr(0, peer.rfind(':'));
    }
};

struct Effects {
    std::vector<coap::Outgoing> clear;
    std::vector<dtls::Datagram> secure;
    std::vector<CommitRequest> commits;
    std::vector<UnsealRequest> unseals;
    std::vector<StepRequest> steps;
    std::vector<CsrRequest> csrs;
    std::vector<ResetStep> resets;
    std::optional<Bytes> auditLog; ///< make it durable beside the state, then Device::auditLogWritten()
    std::vector<Event> events;
    std::vector<svr::AuditEntry> recorded; ///< auditable events that have come to the list
    std::vector<PinNotice> pins;
    bool changed = false; ///< something the bus shows may have changed
};

} // namespace ocfsecd::ocf
