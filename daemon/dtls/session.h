#pragma once
// One DTLS 1.2 association seen from above, the same for GnuTLS and for our own engine. Pure: datagrams and time in,
// datagrams and messages out; no socket, no clock, no thread.

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret_bytes.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace ocfsecd::dtls {

/// IANA and OCF code points (facts 4.4, 7.1).
enum class Suite : std::uint16_t {
    none = 0,
    ecdhAnonAes128CbcSha256 = 0xFF00,
    ecdhePskAes128CbcSha256 = 0xC037,
    ecdheEcdsaAes128Ccm8 = 0xC0AE,
    ecdheEcdsaAes128Ccm = 0xC0AC,
    ecdheEcdsaAes256Ccm8 = 0xC0AF,
    ecdheEcdsaAes256Ccm = 0xC0AD,
    ecdheEcdsaAes128GcmSha256 = 0xC02B, ///< only as a client: deployed devices of other makers (facts 5.2)
};

/// Octets of the TLS key block of a suite: 2·(mac + key + fixed iv) (facts 5.2).
std::size_t keyBlockSize(Suite suite);

/// Alert descriptions (RFC 5246 section 7.2, RFC 4279) that we send or look for.
namespace alert {
inline constexpr std::uint8_t closeNotify = 0, unexpectedMessage = 10, badRecordMac = 20, handshakeFailure = 40,
                              badCertificate = 42, illegalParameter = 47, decodeError = 50, decryptError = 51,
                              protocolVersion = 70, internalError = 80, userCanceled = 90, noRenegotiation = 100,
                              unknownPskIdentity = 115;
}

struct Timers {
    Duration retransmitFirst = 1s; ///< doubling … (facts 1.7)
    Duration retransmitMax = 20s;
    Duration handshakeTotal = 60s; ///< then the handshake has failed (facts 4.1 hardening)
};

/// Signs a SHA-256 digest (32 octets) with ECDSA on P-256; gives the DER of an ECDSA-Sig-Value. May block (a TPM).
using SignDigest = std::function<Result<Bytes>(ByteView digest)>;
/// The part of a handshake that signs. Runs once, on any one thread; the session stands still meanwhile.
using BlockingStep = std::function<void(const SignDigest&)>;

/// How one side of an ECDHE_ECDSA association shows who it is and judges who the other is.
struct CertificateIdentity {
    std::vector<Bytes> chain;       ///< own certificates, DER, leaf first; empty: none (a client in RFOTM)
    bool askPeer = false;           ///< server: sends a CertificateRequest and insists on an answer
    std::vector<Bytes> authorities; ///< server: DER names of the trust anchors, for the CertificateRequest
    /// Judges the peer's chain (DER, leaf first) before the handshake ends; a failure ends it with the alert
    /// bad_certificate (42). Unset: any chain will do (only for a peer that is not asked).
    std::function<Result<void>(const std::vector<Bytes>& chain)> judgePeer;
};

/// What a call gives back.
struct Output {
    std::vector<Bytes> datagrams; ///< to the peer, in this order
    std::vector<Bytes> messages;  ///< application data, one element per record
};

enum class Phase { handshaking, waitingForKey, waitingForStep, established, closed };

/// Why a session is closed.
struct Close {
    enum class Cause { peerCloseNotify, peerAlert, localClose, handshakeFailed, timedOut, replaced };
    Cause cause = Cause::localClose;
    std::optional<std::uint8_t> alert; ///< received or sent
    Failure failure;                   ///< for the journal and the audit: what, and what next
};

class Session {
public:
    virtual ~Session() = default;
    /// One datagram from the peer, whole. Garbage, replays and bad MACs on an established session are dropped silently.
    virtual void feed(ByteView datagram, TimePoint now, Output& out) = 0;
    /// One application message in one record. Only in Phase::established; ignored otherwise.
    virtual void send(ByteView message, TimePoint now, Output& out) = 0;
    /// Server, Phase::waitingForKey: the key of wantedIdentity(), or nothing → alert 115 and closed.
    virtual void provideKey(SharedSecret key, TimePoint now, Output& out) = 0;
    /// Phase::waitingForStep: the step to run elsewhere, once; datagrams are held meanwhile. Then stepDone().
    virtual BlockingStep takeStep() { return {}; }
    virtual void stepDone(TimePoint, Output&) {}
    virtual void tick(TimePoint now, Output& out) = 0;
    /// close_notify when established; else just closed.
    virtual void close(TimePoint now, Output& out) = 0;

    virtual std::optional<TimePoint> deadline() const = 0;
    virtual Phase phase() const = 0;
    virtual const Close& closeReason() const = 0; ///< in Phase::closed
    virtual Suite suite() const = 0;              ///< Suite::none before ServerHello
    /// Server: the raw PSK identity, from Phase::waitingForKey on.
    virtual ByteView identity() const = 0;
    /// Client: the raw hint the server sent.
    virtual ByteView hint() const = 0;
    /// The peer's certificates, DER, leaf first, once they are judged; empty where none were sent.
    virtual const std::vector<Bytes>& peerChain() const;
    /// The TLS key block of the association (facts 5.2 step 1), keyBlockSize(suite()) octets. Only when established.
    virtual Result<SecretBytes> keyBlock() const = 0;
};

/// Identity and key a client uses after it has seen the server's hint.
struct ClientKey {
    Bytes identity;
    SharedSecret key;
};

struct ClientParameters {
    /// The one suite to offer. Suite::none with `certificates`: every certificate suite, the mandatory one first (facts
    /// 4.4); a device may end its onboarding at the first hello that has none it knows.
    Suite suite = Suite::none;
    /// PSK suites: chooses by the raw hint; nothing ends the handshake. May be called once.
    std::function<std::optional<ClientKey>(ByteView hint)> chooseKey;
    /// Certificate suites: own chain (if any) and the judgement of the server's.
    std::shared_ptr<const CertificateIdentity> certificates;
    SignDigest sign; ///< with the key of `certificates->chain`; called while a datagram is fed
    Timers timers;
};

/// Starts a client session; the first flight is in `out`. 0xFF00 runs on our engine, everything else on GnuTLS,
/// unless `forceOwnEngine` (PSK on our engine, for tests and for hints GnuTLS cannot carry).
std::unique_ptr<Session> makeClientSession(ClientParameters parameters, TimePoint now, Output& out,
                                           bool forceOwnEngine = false);

} // namespace ocfsecd::dtls
