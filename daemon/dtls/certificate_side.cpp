#include "dtls/certificate_side.h"

#include "dtls/authority_names.h"
#include "dtls/gnutls_session.h"

#include <new>

namespace ocfsecd::dtls {

namespace {

// Root, one intermediate and the leaf are what OCF has (facts 4.4, 6.4); twice that is nobody's honest chain.
constexpr unsigned kMaxPeerChain = 6;

gnutls_datum_t lend(ByteView octets) {
    return {const_cast<unsigned char*>(octets.data()), static_cast<unsigned>(octets.size())}; // only read
}

} // namespace

CertificateSide::CertificateSide(Role role, std::shared_ptr<const CertificateIdentity> identity)
    : role_{role}, identity_{std::move(identity)}, key_{[this](ByteView digest) -> Result<Bytes> {
          if (!sign_)
              return Failure{Reason::internal, "the handshake signs at a moment it should not", ""};
          return sign_(digest);
      }} {
    gnutls_certificate_credentials_t made = nullptr;
    if (gnutls_certificate_allocate_credentials(&made) < 0)
        throw std::bad_alloc{};
    credentials_.reset(made);
    loadChain();
    if (role == Role::server && identity_->askPeer)
        nameAuthorities();
    // The callback leaves key and chain in our hands, and compares them with no signature of its own (L3.2).
    gnutls_certificate_set_retrieve_function2(made, present);
}

CertificateSide::~CertificateSide() {
    for (auto& certificate : chain_)
        gnutls_pcert_deinit(&certificate);
}

void CertificateSide::loadChain() {
    chain_.reserve(identity_->chain.size());
    for (const auto& der : identity_->chain) {
        const auto raw = lend(der);
        gnutls_pcert_st certificate{};
        if (const int error = gnutls_pcert_import_x509_raw(&certificate, &raw, GNUTLS_X509_FMT_DER, 0); error < 0) {
            failure_ = Failure{Reason::stateCorrupt,
                               std::string{"the own certificate cannot be read: "} + gnutls_strerror(error),
                               "provision the certificate again"};
            return;
        }
        chain_.push_back(certificate);
    }
    if (role_ == Role::server && chain_.empty())
        failure_ = Failure{Reason::unavailable, "there is no own certificate to show", "provision a certificate"};
}

void CertificateSide::nameAuthorities() {
    for (const auto& name : identity_->authorities) {
        const auto carrier = authorityNamed(name);
        const auto raw = lend(carrier);
        // One that cannot be put in is left out: the list only helps the client to choose.
        (void)gnutls_certificate_set_x509_trust_mem(credentials_.get(), &raw, GNUTLS_X509_FMT_DER);
    }
}

void CertificateSide::attach(gnutls_session_t session) {
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_.get());
    gnutls_session_set_verify_function(session, judge);
    if (role_ == Role::server)
        gnutls_certificate_server_set_request(session, identity_->askPeer ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_IGNORE);
}

int CertificateSide::present(gnutls_session_t session, const gnutls_datum_t*, int, const gnutls_pk_algorithm_t*, int,
                             gnutls_pcert_st** chain, unsigned* length, gnutls_privkey_t* key) {
    auto* me = GnutlsSession::of(session)->certificates();
    *length = 0;
    if (me == nullptr)
        return -1;
    if (me->chain_.empty())
        return 0;
    *chain = me->chain_.data();
    *length = static_cast<unsigned>(me->chain_.size());
    *key = me->key_.handle();
    return 0;
}

int CertificateSide::judge(gnutls_session_t session) {
    auto* me = GnutlsSession::of(session)->certificates();
    return me == nullptr ? -1 : me->judgeChain(session);
}

int CertificateSide::judgeChain(gnutls_session_t session) {
    if (role_ == Role::server && !identity_->askPeer)
        return 0;
    unsigned size = 0;
    const auto* chain = gnutls_certificate_get_peers(session, &size);
    if (chain == nullptr || size == 0 || size > kMaxPeerChain) {
        verdict_ = Failure{Reason::handshakeFailed, "the peer's certificate chain is empty or far too long",
                           "give the peer a chain of leaf, intermediate and root"};
        return -1;
    }
    std::vector<Bytes> octets;
    for (unsigned i = 0; i < size; ++i)
        octets.push_back(copyOf({chain[i].data, chain[i].size}));
    const auto judged = identity_->judgePeer
                            ? identity_->judgePeer(octets)
                            : Result<void>{Failure{Reason::internal, "nobody judges the peer's certificate", ""}};
    if (!judged) {
        verdict_ = judged.failure();
        return -1;
    }
    peerChain_ = std::move(octets);
    return 0;
}

std::optional<Close> CertificateSide::explain(int result) const {
    if (verdict_)
        return Close{Close::Cause::handshakeFailed, alert::badCertificate, *verdict_};
    if (key_.failure())
        return Close{Close::Cause::handshakeFailed, alert::internalError, *key_.failure()};
    if (failure_)
        return Close{Close::Cause::handshakeFailed, alert::internalError, *failure_};
    if (role_ == Role::server && (result == GNUTLS_E_NO_CERTIFICATE_FOUND || result == GNUTLS_E_CERTIFICATE_REQUIRED))
        return Close{
            Close::Cause::handshakeFailed,
            alert::handshakeFailure,
            {Reason::handshakeFailed, "the peer showed no certificate", "give the peer an identity certificate"}};
    return std::nullopt;
}

} // namespace ocfsecd::dtls
