#pragma once
// What one side of an ECDHE_ECDSA handshake needs: its own chain with a key that lives elsewhere, and the judgement of
// the other's chain. Both roles use it; GnuTLS never judges a certificate itself.

#include "dtls/external_key.h"

namespace ocfsecd::dtls {

class CertificateSide {
public:
    enum class Role { server, client };
    /// Throws std::bad_alloc. A chain the library cannot read shows in failure().
    CertificateSide(Role role, std::shared_ptr<const CertificateIdentity> identity);
    ~CertificateSide();
    CertificateSide(const CertificateSide&) = delete;
    CertificateSide& operator=(const CertificateSide&) = delete;

    /// GnutlsSession::certificates() of the session must give this object back until the handshake is over.
    void attach(gnutls_session_t session);
    /// With what the own key signs from now on.
    void signWith(SignDigest sign) { sign_ = std::move(sign); }
    /// Why this side cannot begin, if it cannot.
    const std::optional<Failure>& failure() const { return failure_; }
    /// The reason behind a fatal result of the library, where it lies here.
    std::optional<Close> explain(int result) const;
    std::vector<Bytes> takePeerChain() { return std::move(peerChain_); }

private:
    struct FreeCredentials {
        void operator()(gnutls_certificate_credentials_t credentials) const {
            gnutls_certificate_free_credentials(credentials);
        }
    };
    static int present(gnutls_session_t session, const gnutls_datum_t*, int, const gnutls_pk_algorithm_t*, int,
                       gnutls_pcert_st** chain, unsigned* length, gnutls_privkey_t* key);
    static int judge(gnutls_session_t session);
    int judgeChain(gnutls_session_t session);
    void loadChain();
    void nameAuthorities();

    Role role_;
    std::shared_ptr<const CertificateIdentity> identity_;
    SignDigest sign_;
    ExternalKey key_;
    std::vector<gnutls_pcert_st> chain_;
    std::unique_ptr<std::remove_pointer_t<gnutls_certificate_credentials_t>, FreeCredentials> credentials_;
    std::vector<Bytes> peerChain_;
    std::optional<Failure> failure_; ///< of the own chain
    std::optional<Failure> verdict_; ///< on the peer's chain, when it is bad
};

} // namespace ocfsecd::dtls
