#include "tools/obt/handshake_failure.h"

#include <fmt/format.h>

namespace ocfsecd::obt {

namespace {

bool sentBecauseOfTheKey(const dtls::Close& close) {
    return close.alert == dtls::alert::badRecordMac || close.alert == dtls::alert::decryptError;
}

/// Alerts about the certificate we showed (RFC 5246 section 7.2.2).
bool isAboutACertificate(std::uint8_t alert) {
    constexpr std::uint8_t unsupported = 43, revoked = 44, expired = 45, unknown = 46, unknownCa = 48;
    return alert == dtls::alert::badCertificate || alert == unsupported || alert == revoked || alert == expired ||
           alert == unknown || alert == unknownCa;
}

} // namespace

Failure explainHandshake(const dtls::Close& close, const Address& peer, bool heard, Proof proof) {
    using Cause = dtls::Close::Cause;
    const auto host = peer.text();
    if (close.cause == Cause::timedOut && !heard)
        return {Reason::timedOut, fmt::format("nobody answers at {}", host),
                "check that the device is on, then: ocf-obt discover --all"};
    if (close.alert == dtls::alert::unknownPskIdentity)
        return {Reason::unknownPskIdentity, fmt::format("the device at {} has no credential for this identity", host),
                "it was reset or belongs to somebody else: ocf-obt discover --all"};
    if (proof == Proof::pin && sentBecauseOfTheKey(close))
        return {Reason::handshakeFailed, fmt::format("wrong PIN: the device at {} refused it", host),
                "each PIN is good for one attempt: wait a few seconds, then \"ocf-obt own\" anew with a new PIN"};
    if (proof == Proof::pin && close.cause == Cause::timedOut)
        return {Reason::handshakeFailed,
                fmt::format("the device at {} stopped answering: wrong PIN or lost packets", host),
                "wait a few seconds, then \"ocf-obt own\" anew with a new PIN"};
    if (sentBecauseOfTheKey(close))
        return {Reason::handshakeFailed, fmt::format("the device at {} has another key for this identity", host),
                "its owner provisions a new one: ocf-obt provision handover"};
    if (proof == Proof::certificate && close.cause == Cause::peerAlert && isAboutACertificate(close.alert.value_or(0)))
        return {Reason::handshakeFailed,
                fmt::format("the device at {} does not take this identity's certificate", host),
                "it trusts another CA, or another time than ours: ocf-obt certify TARGET"};
    if (close.cause == Cause::peerAlert && close.alert == dtls::alert::handshakeFailure)
        return {Reason::handshakeFailed, fmt::format("the device at {} refuses this kind of session now", host),
                "ocf-obt discover --all"};
    if (close.cause == Cause::timedOut)
        return {Reason::handshakeFailed,
                fmt::format("the device at {} answers, but no session came about: wrong key or lost packets", host),
                "try again; if it stays so: ocf-obt status TARGET"};
    return {Reason::handshakeFailed,
            fmt::format("no session with {}: {}", host,
                        close.failure.what.empty() ? "the handshake failed" : close.failure.what),
            close.failure.next};
}

} // namespace ocfsecd::obt
