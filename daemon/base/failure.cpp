#include "base/failure.h"

#include <array>
#include <stdexcept>

namespace ocfsecd {

namespace {

constexpr std::uint8_t code(int cls, int detail) {
    return static_cast<std::uint8_t>(cls << 5 | detail);
}

// Facts clause 2.0 (error codes) and 8.4 (events); D-Bus names are documented in dbus/*.xml.
constexpr std::array kFaces{
    FailureFace{Reason::malformed, "malformed", code(4, 0), "org.ocfsecd1.Error.InvalidArgs", ""},
    FailureFace{Reason::unknownProperty, "unknown-property", code(4, 0), "org.ocfsecd1.Error.InvalidArgs", ""},
    FailureFace{Reason::readOnly, "read-only", code(4, 0), "org.ocfsecd1.Error.WrongState", ""},
    FailureFace{Reason::precondition, "precondition", code(4, 0), "org.ocfsecd1.Error.WrongState", ""},
    FailureFace{Reason::busy, "busy", code(5, 3), "org.ocfsecd1.Error.Busy", ""},
    FailureFace{Reason::notAuthorised, "not-authorised", code(4, 1), "org.ocfsecd1.Error.AccessDenied", "AC-1"},
    FailureFace{Reason::notFound, "not-found", code(4, 4), "org.ocfsecd1.Error.NotFound", ""},
    FailureFace{Reason::methodNotAllowed, "method-not-allowed", code(4, 5), "org.ocfsecd1.Error.NotSupported", ""},
    FailureFace{Reason::deleteForbidden, "delete-forbidden", code(4, 3), "org.ocfsecd1.Error.WrongState", ""},
    FailureFace{Reason::unsupportedInterface, "unsupported-interface", code(4, 0), "org.ocfsecd1.Error.NotSupported",
                "COMM-1"},
    FailureFace{Reason::notAcceptable, "not-acceptable", code(4, 6), "org.ocfsecd1.Error.NotSupported", ""},
    FailureFace{Reason::unsupportedFormat, "unsupported-format", code(4, 15), "org.ocfsecd1.Error.NotSupported", ""},
    FailureFace{Reason::badOption, "bad-option", code(4, 2), "org.ocfsecd1.Error.NotSupported", "COMM-1"},
    FailureFace{Reason::tooLarge, "too-large", code(4, 13), "org.ocfsecd1.Error.LimitReached", ""},
    FailureFace{Reason::incomplete, "incomplete", code(4, 8), "org.ocfsecd1.Error.InvalidArgs", ""},
    FailureFace{Reason::limitReached, "limit-reached", code(5, 3), "org.ocfsecd1.Error.LimitReached", ""},
    FailureFace{Reason::internal, "internal", code(5, 0), "org.ocfsecd1.Error.Failed", ""},
    FailureFace{Reason::unavailable, "unavailable", code(5, 3), "org.ocfsecd1.Error.Unavailable", ""},
    FailureFace{Reason::inputOutput, "input-output", code(5, 0), "org.ocfsecd1.Error.Failed", ""},
    FailureFace{Reason::configuration, "configuration", code(5, 0), "org.ocfsecd1.Error.Failed", ""},
    FailureFace{Reason::handshakeFailed, "handshake-failed", code(4, 1), "org.ocfsecd1.Error.AccessDenied", "AUTH-1"},
    FailureFace{Reason::unknownPskIdentity, "unknown-psk-identity", code(4, 1), "org.ocfsecd1.Error.AccessDenied",
                "AUTH-1"},
    FailureFace{Reason::timedOut, "timed-out", code(5, 4), "org.ocfsecd1.Error.TimedOut", ""},
    FailureFace{Reason::tpmUnavailable, "tpm-unavailable", code(5, 3), "org.ocfsecd1.Error.TpmUnavailable", ""},
    FailureFace{Reason::ownerAuthRequired, "owner-auth-required", code(5, 3), "org.ocfsecd1.Error.OwnerAuthRequired",
                ""},
    FailureFace{Reason::policyMismatch, "policy-mismatch", code(5, 3), "org.ocfsecd1.Error.PolicyMismatch", ""},
    FailureFace{Reason::foreignState, "foreign-state", code(5, 3), "org.ocfsecd1.Error.ForeignState", ""},
    FailureFace{Reason::rolledBack, "rolled-back", code(5, 3), "org.ocfsecd1.Error.RolledBack", ""},
    FailureFace{Reason::stateMissing, "state-missing", code(5, 3), "org.ocfsecd1.Error.StateMissing", ""},
    FailureFace{Reason::stateCorrupt, "state-corrupt", code(5, 3), "org.ocfsecd1.Error.StateCorrupt", ""},
    FailureFace{Reason::tpmLockout, "tpm-lockout", code(5, 3), "org.ocfsecd1.Error.TpmLockout", ""},
    FailureFace{Reason::usage, "usage", code(4, 0), "org.ocfsecd1.Error.InvalidArgs", ""},
};

constexpr bool inOrder() {
    for (std::size_t i = 0; i < kFaces.size(); ++i)
        if (static_cast<std::size_t>(kFaces[i].reason) != i)
            return false;
    return static_cast<std::size_t>(Reason::usage) + 1 == kFaces.size();
}
static_assert(inOrder(), "one row per Reason, in the enum's order");

} // namespace

const FailureFace& faceOf(Reason reason) {
    return kFaces.at(static_cast<std::size_t>(reason));
}

} // namespace ocfsecd
