#include "dtls/gnutls_server.h"

#include "dtls/gnutls_session.h"
#include "dtls/psk_identity_peek.h"

#include <algorithm>
#include <new>
#include <string>

namespace ocfsecd::dtls {

namespace {

class GnutlsServer final : public GnutlsSession {
public:
    GnutlsServer(GnutlsServerParameters parameters, TimePoint now);

    void provideKey(SharedSecret key, TimePoint now, Output& out) override;
    ByteView identity() const override { return identity_; }

private:
    struct FreeCredentials {
        void operator()(gnutls_psk_server_credentials_t credentials) const {
            gnutls_psk_free_server_credentials(credentials);
        }
    };
    /// What the handshake needs and the session does not.
    struct Waiting {
        std::unique_ptr<std::remove_pointer_t<gnutls_psk_server_credentials_t>, FreeCredentials> credentials;
        PskIdentityPeek peek;
        std::vector<Bytes> held;
        std::size_t maxHeld = 0;
        SharedSecret key;
        bool asked = false;
    };

    bool intercept(ByteView datagram, TimePoint now, Output& out) override;
    void handshakeOver() override;
    std::optional<Close> explain(int result) const override;
    static int giveKey(gnutls_session_t session, const gnutls_datum_t* identity, gnutls_datum_t* key);

    Bytes identity_;
    std::unique_ptr<Waiting> waiting_ = std::make_unique<Waiting>();
};

Close unknownIdentity() {
    return {Close::Cause::handshakeFailed,
            alert::unknownPskIdentity,
            {Reason::unknownPskIdentity, "the peer named an identity that has no key here",
             "provision a credential for the peer"}};
}

GnutlsServer::GnutlsServer(GnutlsServerParameters parameters, TimePoint now)
    : GnutlsSession{Role::server, parameters.suite, parameters.timers, now} {
    waiting_->maxHeld = parameters.maxHeldDatagrams;
    gnutls_dtls_prestate_set(handle(), &parameters.prestate);
    gnutls_psk_server_credentials_t made = nullptr;
    if (gnutls_psk_allocate_server_credentials(&made) < 0)
        throw std::bad_alloc{};
    waiting_->credentials.reset(made);
    gnutls_psk_set_server_credentials_function2(made, giveKey);
    if (!parameters.hint.empty())
        gnutls_psk_set_server_credentials_hint(made, std::string{textOf(parameters.hint)}.c_str());
    gnutls_credentials_set(handle(), GNUTLS_CRD_PSK, made);
}

bool GnutlsServer::intercept(ByteView datagram, TimePoint now, Output& out) {
    if (waiting_->key)
        return false;
    if (!waiting_->asked) {
        switch (waiting_->peek.look(datagram)) {
        case PskIdentityPeek::Found::nothing:
            return false;
        case PskIdentityPeek::Found::tooLong:
            end(unknownIdentity(), out);
            return true;
        case PskIdentityPeek::Found::identity:
            break;
        }
        waiting_->asked = true;
        identity_ = waiting_->peek.identity();
        pause();
    }
    (void)now;
    // A peer sends its flight again while it waits; what does not fit is a repetition or a flood.
    if (waiting_->held.size() < waiting_->maxHeld)
        waiting_->held.push_back(copyOf(datagram));
    return true;
}

void GnutlsServer::provideKey(SharedSecret key, TimePoint now, Output& out) {
    if (phase() != Phase::waitingForKey)
        return;
    if (!key || key->empty()) {
        end(unknownIdentity(), out); // GnuTLS by itself would say nothing (L2.7)
        return;
    }
    waiting_->key = std::move(key);
    resume(now);
    for (const auto& datagram : std::exchange(waiting_->held, {}))
        feed(datagram, now, out);
}

// The library asks for the identity it has read itself: only what the peek saw has been looked up.
int GnutlsServer::giveKey(gnutls_session_t session, const gnutls_datum_t* identity, gnutls_datum_t* key) {
    const auto* me = static_cast<GnutlsServer*>(of(session));
    if (!me->waiting_ || !me->waiting_->key || !equal({identity->data, identity->size}, me->identity_))
        return -1;
    const auto secret = me->waiting_->key->view();
    key->data = static_cast<unsigned char*>(gnutls_malloc(secret.size())); // the library wipes and frees it
    if (key->data == nullptr)
        return -1;
    key->size = static_cast<unsigned>(secret.size());
    std::ranges::copy(secret, key->data);
    return 0;
}

void GnutlsServer::handshakeOver() {
    waiting_.reset();
}

std::optional<Close> GnutlsServer::explain(int result) const {
    if (result == GNUTLS_E_SRP_PWD_ERROR) // what a refusing key callback becomes (L2.6)
        return unknownIdentity();
    return std::nullopt;
}

} // namespace

std::unique_ptr<Session> makeGnutlsServer(GnutlsServerParameters parameters, TimePoint now) {
    return std::make_unique<GnutlsServer>(std::move(parameters), now);
}

} // namespace ocfsecd::dtls
