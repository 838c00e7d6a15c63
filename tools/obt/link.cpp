#include "tools/obt/link.h"

#include "svr/pin_key.h"

#include <algorithm>

namespace ocfsecd::obt {

namespace {

constexpr std::uint16_t kFormatCbor = 60; // application/cbor, OIC 1.1

} // namespace

TimePoint Pace::next(TimePoint now) {
    // A bucket of `burst` tokens: `full_` moves one interval ahead per request; the bucket is empty when it is `burst`
    // intervals ahead of now.
    const auto allowance = settings_.interval * (settings_.burst - 1);
    const auto when = std::max(now, full_ - allowance);
    full_ = std::max(full_, when) + settings_.interval;
    return when;
}

bool wantsOlderDialect(const coap::Response& response) {
    return response.code == coap::code::notAcceptable || response.code == coap::code::unsupportedFormat ||
           response.code == coap::code::badOption; // 2049 and 2053 are critical
}

coap::Request inDialect(coap::Request request, Dialect dialect) {
    if (dialect == Dialect::ocf)
        return request;
    request.accept = kFormatCbor;
    request.acceptVersion.reset();
    request.contentVersion.reset();
    if (request.contentFormat)
        request.contentFormat = kFormatCbor;
    return request;
}

/// What all sessions with one device share.
struct LinkState {
    Wire& wire;
    Pace pace;
    Dialect dialect = Dialect::ocf;

    Result<coap::Response> ask(const coap::Channel& channel, const coap::Request& request) {
        wire.sleepUntil(pace.next(wire.now()));
        auto answer = wire.ask(channel, inDialect(request, dialect));
        if (!answer || dialect == Dialect::oic || !wantsOlderDialect(*answer))
            return answer;
        wire.sleepUntil(pace.next(wire.now()));
        auto second = wire.ask(channel, inDialect(request, Dialect::oic));
        if (second && !wantsOlderDialect(*second))
            dialect = Dialect::oic;
        return second;
    }
};

namespace {

class NetworkSession final : public Session {
public:
    NetworkSession(std::shared_ptr<LinkState> shared, LineId line, SessionId id, const Address& peer)
        : shared_{std::move(shared)}, line_{line}, id_{id}, peer_{peer} {}
    ~NetworkSession() override {
        shared_->wire.disconnect(id_);
        shared_->wire.closeLine(line_);
    }
    NetworkSession(const NetworkSession&) = delete;
    NetworkSession& operator=(const NetworkSession&) = delete;

    Result<coap::Response> request(coap::Request request) override {
        if (shared_->wire.session(id_).phase() != dtls::Phase::established)
            return Failure{Reason::unavailable, "the device has closed the session", "ocf-obt status TARGET"};
        return shared_->ask({peer_, id_, line_}, request);
    }
    Result<SecretBytes> keyBlock() const override { return shared_->wire.session(id_).keyBlock(); }
    Bytes hint() const override { return copyOf(shared_->wire.session(id_).hint()); }

private:
    std::shared_ptr<LinkState> shared_;
    LineId line_;
    SessionId id_;
    Address peer_;
};

} // namespace

NetworkPeer::NetworkPeer(Wire& wire, std::optional<Address> clear, std::optional<Address> secure, Pace::Settings pace,
                         Duration handshakeTimeout)
    : shared_{new LinkState{wire, Pace{pace}}}, clear_{clear}, secure_{secure}, handshakeTimeout_{handshakeTimeout} {}

NetworkPeer::~NetworkPeer() {
    if (line_)
        shared_->wire.closeLine(*line_);
}

Result<coap::Response> NetworkPeer::clear(coap::Request request) {
    if (!clear_)
        return Failure{Reason::unavailable, "the device has no address for requests in clear",
                       "leave out --clear, or name coap://address:port"};
    if (!line_) {
        const auto line = shared_->wire.openLine(clear_->family());
        if (!line)
            return line.failure();
        line_ = *line;
    }
    return shared_->ask({*clear_, 0, *line_}, request);
}

Result<std::unique_ptr<Session>> NetworkPeer::open(dtls::ClientParameters parameters, Proof proof) {
    if (!secure_)
        return Failure{Reason::unavailable, "the device published no secure (coaps) endpoint",
                       "name it: coaps://address:port"};
    auto& wire = shared_->wire;
    const auto line = wire.openLine(secure_->family());
    if (!line)
        return line.failure();
    parameters.timers.handshakeTotal = handshakeTimeout_;
    const auto id = wire.connect(*line, *secure_, std::move(parameters), proof);
    if (!id) {
        wire.closeLine(*line);
        return id.failure();
    }
    return std::unique_ptr<Session>{new NetworkSession{shared_, *line, *id, *secure_}};
}

Result<std::unique_ptr<Session>> NetworkPeer::openAnonymous() {
    dtls::ClientParameters parameters;
    parameters.suite = dtls::Suite::ecdhAnonAes128CbcSha256;
    return open(std::move(parameters), Proof::none);
}

Result<std::unique_ptr<Session>> NetworkPeer::openPsk(Bytes identity, ChooseKey choose, Proof proof) {
    dtls::ClientParameters parameters;
    parameters.suite = dtls::Suite::ecdhePskAes128CbcSha256;
    const auto stranger = std::make_shared<bool>(false);
    parameters.chooseKey = [identity = std::move(identity), choose = std::move(choose),
                            stranger](ByteView hint) -> std::optional<dtls::ClientKey> {
        auto key = choose(hint);
        *stranger = key == nullptr;
        if (!key)
            return std::nullopt;
        return dtls::ClientKey{identity, std::move(key)};
    };
    auto session = open(std::move(parameters), proof);
    if (!session && *stranger)
        return Failure{Reason::unknownPskIdentity, "another device answered: this identity has no credential for it",
                       "ocf-obt discover --all"};
    return session;
}

Result<std::unique_ptr<Session>> NetworkPeer::openWithKey(const Uuid& identity, ChooseKey choose) {
    return openPsk(copyOf(identity.raw()), std::move(choose), Proof::key);
}

Result<std::unique_ptr<Session>> NetworkPeer::openWithPin(const SecretBytes& pin, const Uuid& device) {
    const auto key = std::make_shared<const SecretBytes>(svr::derivePinKey(textOf(pin.view()), device));
    // The hint names the device whose PIN is asked for (facts 4.4); one that sends none is taken at its key's word.
    const auto expected = svr::pinHint(device);
    return openPsk(
        copyOf(viewOf(svr::kPinIdentity)),
        [key, expected](ByteView hint) { return hint.empty() || equal(hint, expected) ? key : nullptr; }, Proof::pin);
}

Result<std::unique_ptr<Session>> NetworkPeer::openToCertificate(JudgeChain judge) {
    return openWithCertificate({}, std::move(judge));
}

Result<std::unique_ptr<Session>> NetworkPeer::openWithCertificate(OwnIdentity own, JudgeChain judge) {
    auto identity = std::make_shared<dtls::CertificateIdentity>();
    identity->chain = std::move(own.chain);
    identity->judgePeer = std::move(judge);
    dtls::ClientParameters
        parameters; // every certificate suite: a second hello may come to a device that has reset itself
    parameters.certificates = std::move(identity);
    parameters.sign = std::move(own.sign);
    return open(std::move(parameters), Proof::certificate);
}

} // namespace ocfsecd::obt
