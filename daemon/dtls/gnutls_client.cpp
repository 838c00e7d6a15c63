#include "dtls/gnutls_client.h"

#include "dtls/certificate_side.h"
#include "dtls/gnutls_session.h"

#include <new>

namespace ocfsecd::dtls {

namespace {

class GnutlsClient final : public GnutlsSession {
public:
    GnutlsClient(ClientParameters parameters, TimePoint now);
    void start(TimePoint now, Output& out);

    ByteView hint() const override { return hint_; }
    const std::vector<Bytes>& peerChain() const override { return peerChain_; }
    CertificateSide* certificates() override { return waiting_ ? waiting_->certificates.get() : nullptr; }

private:
    struct FreeCredentials {
        void operator()(gnutls_psk_client_credentials_t credentials) const {
            gnutls_psk_free_client_credentials(credentials);
        }
    };
    /// What the handshake needs and the session does not.
    struct Waiting {
        std::unique_ptr<std::remove_pointer_t<gnutls_psk_client_credentials_t>, FreeCredentials> credentials;
        std::function<std::optional<ClientKey>(ByteView hint)> chooseKey;
        bool refused = false;
        std::unique_ptr<CertificateSide> certificates;
    };

    void preparePsk();
    void prepareCertificates(std::shared_ptr<const CertificateIdentity> identity, SignDigest sign);
    void handshakeOver() override;
    std::optional<Close> explain(int result) const override;
    static int readHint(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                        const gnutls_datum_t* message);
    static int chooseKey(gnutls_session_t session, gnutls_datum_t* identity, gnutls_datum_t* key);

    Bytes hint_;
    std::vector<Bytes> peerChain_;
    std::unique_ptr<Waiting> waiting_ = std::make_unique<Waiting>();
};

GnutlsClient::GnutlsClient(ClientParameters parameters, TimePoint now)
    : GnutlsSession{Role::client, parameters.suite, parameters.timers, now} {
    waiting_->chooseKey = std::move(parameters.chooseKey);
    if (parameters.suite != Suite::none && familyOf(parameters.suite) == SuiteFamily::psk)
        preparePsk();
    else if (parameters.certificates)
        prepareCertificates(std::move(parameters.certificates), std::move(parameters.sign));
    // else the library refuses to start: an ordinary failure
}

void GnutlsClient::preparePsk() {
    gnutls_psk_client_credentials_t made = nullptr;
    if (gnutls_psk_allocate_client_credentials(&made) < 0)
        throw std::bad_alloc{};
    waiting_->credentials.reset(made);
    gnutls_psk_set_client_credentials_function2(made, chooseKey);
    gnutls_credentials_set(handle(), GNUTLS_CRD_PSK, made);
    gnutls_handshake_set_hook_function(handle(), GNUTLS_HANDSHAKE_SERVER_KEY_EXCHANGE, GNUTLS_HOOK_PRE, readHint);
}

void GnutlsClient::prepareCertificates(std::shared_ptr<const CertificateIdentity> identity, SignDigest sign) {
    waiting_->certificates = std::make_unique<CertificateSide>(CertificateSide::Role::client, std::move(identity));
    waiting_->certificates->signWith(std::move(sign));
    waiting_->certificates->attach(handle());
}

void GnutlsClient::start(TimePoint now, Output& out) {
    const auto* certificates = waiting_->certificates.get();
    if (certificates != nullptr && certificates->failure())
        return end({Close::Cause::handshakeFailed, std::nullopt, *certificates->failure()}, out);
    step({}, now, out);
}

void GnutlsClient::handshakeOver() {
    if (waiting_ && waiting_->certificates)
        peerChain_ = waiting_->certificates->takePeerChain();
    waiting_.reset();
}

// The library's own getter stops at a zero octet (L2.5). Runs before chooseKey.
int GnutlsClient::readHint(gnutls_session_t session, unsigned, unsigned, unsigned incoming,
                           const gnutls_datum_t* message) {
    auto* me = static_cast<GnutlsClient*>(of(session));
    Reader reader{{message->data, message->size}};
    const auto hint = reader.take(reader.u16());
    if (incoming != 0 && reader.ok())
        me->hint_ = copyOf(hint);
    return 0;
}

int GnutlsClient::chooseKey(gnutls_session_t session, gnutls_datum_t* identity, gnutls_datum_t* key) {
    auto* me = static_cast<GnutlsClient*>(of(session));
    if (!me->waiting_ || !me->waiting_->chooseKey)
        return -1;
    const auto chosen = me->waiting_->chooseKey(me->hint_);
    if (!chosen || !chosen->key || chosen->key->empty()) {
        me->waiting_->refused = true;
        return -1;
    }
    return giveToLibrary(chosen->identity, *identity) && giveToLibrary(chosen->key->view(), *key) ? 0 : -1;
}

std::optional<Close> GnutlsClient::explain(int result) const {
    if (waiting_ && waiting_->certificates)
        return waiting_->certificates->explain(result);
    if (!waiting_ || !waiting_->refused)
        return std::nullopt;
    return Close{Close::Cause::handshakeFailed,
                 alert::handshakeFailure,
                 {Reason::notFound, "no key is kept for this server", "own the device or get a credential for it"}};
}

} // namespace

std::unique_ptr<Session> makeGnutlsClient(ClientParameters parameters, TimePoint now, Output& out) {
    auto client = std::make_unique<GnutlsClient>(std::move(parameters), now);
    client->start(now, out);
    return client;
}

} // namespace ocfsecd::dtls
