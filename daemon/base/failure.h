#pragma once
// Every expected failure of the project, and the one place that says how each shows itself outside.

#include <cstdint>
#include <string>
#include <string_view>

namespace ocfsecd {

enum class Reason : std::uint8_t {
    malformed,       ///< bytes, type or range are wrong
    unknownProperty, ///< a property the resource does not have
    readOnly,        ///< a property nobody may write, or not in this state
    precondition,    ///< a state transition whose preconditions do not hold
    busy,            ///< something else is being worked on; try again
    notAuthorised,   ///< the access decision was "deny"
    notFound,
    methodNotAllowed,
    deleteForbidden,      ///< DELETE of cred or acl2 in RFNOP
    unsupportedInterface, ///< the "if" query names an interface the resource does not have
    notAcceptable,        ///< Accept cannot be satisfied
    unsupportedFormat,    ///< Content-Format or OCF version
    badOption,            ///< a critical CoAP option nobody knows
    tooLarge,
    incomplete,   ///< a block-wise transfer with a missing block
    limitReached, ///< a named limit in base/limits.h or the configuration
    internal,
    unavailable,
    inputOutput,   ///< disk or socket
    configuration, ///< file, line, what is wrong
    handshakeFailed,
    unknownPskIdentity,
    timedOut,
    tpmUnavailable,    ///< gone, hung or answering nonsense
    ownerAuthRequired, ///< somebody set a TPM owner password
    policyMismatch,    ///< the sealing policy does not hold (epoch or PCRs)
    foreignState,      ///< another TPM's or another parent's state
    rolledBack,        ///< an older copy of the state
    stateMissing,
    stateCorrupt,
    tpmLockout,
    usage, ///< wrong command line
};

/// What a refusal says: where it comes from, what was refused and why, and what to do next.
struct Failure {
    Reason reason = Reason::internal;
    std::string what; ///< one sentence without a full stop; never a secret
    std::string next; ///< the remedy or next step; empty only where there is none
};

/// How a Reason looks outside.
struct FailureFace {
    Reason reason;
    std::string_view name;      ///< "policy-mismatch": journal field OCFSECD_REASON, D-Bus property, documentation
    std::uint8_t coapCode;      ///< RFC 7252 code byte, class << 5 | detail
    std::string_view dbusError; ///< org.ocfsecd1.Error.*
    std::string_view event;     ///< auditable event id, empty when it makes none
};

const FailureFace& faceOf(Reason reason);
inline std::string_view nameOf(Reason reason) {
    return faceOf(reason).name;
}

} // namespace ocfsecd
