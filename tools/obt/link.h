#pragma once
// One device on the network: one request at a time and not too fast (Q36), content format 10000 and, for older devices,
// 60 (Q35).

#include "tools/obt/peer.h"
#include "tools/obt/wire.h"

#include <optional>

namespace ocfsecd::obt {

/// Small devices fall silent under bursts of about 20 requests a second (Q36): at most `burst` at once, then one every
/// `interval`. Pure.
class Pace {
public:
    struct Settings {
        unsigned burst = 8;
        Duration interval = 100ms;
    };
    explicit Pace(Settings settings) : settings_{settings} {}
    /// When the next request may leave; it is counted as sent then.
    TimePoint next(TimePoint now);

private:
    Settings settings_;
    TimePoint full_{}; ///< when the whole burst is allowed again
};

/// How to speak to a device. Found out by its first refusal.
enum class Dialect { ocf, oic };
/// Does this answer mean that the device only knows `application/cbor` and no OCF options?
bool wantsOlderDialect(const coap::Response& response);
coap::Request inDialect(coap::Request request, Dialect dialect);

struct LinkState;

class NetworkPeer final : public Peer {
public:
    NetworkPeer(Wire& wire, std::optional<Address> clear, std::optional<Address> secure, Pace::Settings pace,
                Duration handshakeTimeout);
    ~NetworkPeer() override;
    Result<coap::Response> clear(coap::Request request) override;
    Result<std::unique_ptr<Session>> openAnonymous() override;
    Result<std::unique_ptr<Session>> openWithPin(const SecretBytes& pin, const Uuid& device) override;
    Result<std::unique_ptr<Session>> openToCertificate(JudgeChain judge) override;
    Result<std::unique_ptr<Session>> openWithKey(const Uuid& identity, ChooseKey choose) override;
    Result<std::unique_ptr<Session>> openWithCertificate(OwnIdentity own, JudgeChain judge) override;

private:
    Result<std::unique_ptr<Session>> open(dtls::ClientParameters parameters, Proof proof);
    Result<std::unique_ptr<Session>> openPsk(Bytes identity, ChooseKey choose, Proof proof);

    std::shared_ptr<LinkState> shared_;
    std::optional<Address> clear_, secure_;
    std::optional<LineId> line_;
    Duration handshakeTimeout_;
};

} // namespace ocfsecd::obt
