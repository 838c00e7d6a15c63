#pragma once
// One device as the commands talk to it. The network stands behind it (link.h); tests put a recording in its place.

#include "base/result.h"
#include "base/secret_bytes.h"
#include "base/uuid.h"
#include "coap/exchange.h"
#include "dtls/session.h"

#include <functional>
#include <memory>
#include <vector>

namespace ocfsecd::obt {

/// A secure session. Closed with close_notify when destroyed.
class Session {
public:
    virtual ~Session() = default;
    /// One request and its answer, whatever its code. A failure means: no answer.
    virtual Result<coap::Response> request(coap::Request request) = 0;
    /// The TLS key block (facts 5.2 step 1).
    virtual Result<SecretBytes> keyBlock() const = 0;
    /// The raw hint the device sent: its UUID.
    virtual Bytes hint() const = 0;
};

/// The key for the device that sent this hint; null: this tool has none.
using ChooseKey = std::function<SharedSecret(ByteView hint)>;
/// Whether these certificates (DER, leaf first) are those of a device that is trusted.
using JudgeChain = std::function<Result<void>(const std::vector<Bytes>& chain)>;

/// Who this tool is in a session of certificates.
struct OwnIdentity {
    std::vector<Bytes> chain; ///< DER, leaf first
    dtls::SignDigest sign;    ///< with the leaf's key
};

class Peer {
public:
    virtual ~Peer() = default;
    virtual Result<coap::Response> clear(coap::Request request) = 0;
    /// The Device Onboarding Connection of Just Works: nobody is authenticated.
    virtual Result<std::unique_ptr<Session>> openAnonymous() = 0;
    /// That of Random PIN: both sides know the PIN that `device`, by its temporary UUID, shows.
    virtual Result<std::unique_ptr<Session>> openWithPin(const SecretBytes& pin, const Uuid& device) = 0;
    /// That of a manufacturer certificate: the device is authenticated, this tool shows none (facts 4.4).
    virtual Result<std::unique_ptr<Session>> openToCertificate(JudgeChain judge) = 0;
    /// A session with a pair-wise key: both sides are authenticated. Reason::handshakeFailed or unknownPskIdentity when
    /// they are not, timedOut when nobody answered.
    virtual Result<std::unique_ptr<Session>> openWithKey(const Uuid& identity, ChooseKey choose) = 0;
    /// A session in which both sides show their identity certificates (facts 6.6). Failures as of openWithKey().
    virtual Result<std::unique_ptr<Session>> openWithCertificate(OwnIdentity own, JudgeChain judge) = 0;
};

} // namespace ocfsecd::obt
