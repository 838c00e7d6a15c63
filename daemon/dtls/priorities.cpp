#include "dtls/priorities.h"

#include <stdexcept>
#include <string>

namespace ocfsecd::dtls {

namespace {

struct GnutlsSuite {
    Suite suite;
    SuiteFamily family;
    gnutls_kx_algorithm_t exchange;
    gnutls_cipher_algorithm_t cipher;
};

constexpr GnutlsSuite kSuites[] = {
    {Suite::ecdhePskAes128CbcSha256, SuiteFamily::psk, GNUTLS_KX_ECDHE_PSK, GNUTLS_CIPHER_AES_128_CBC},
    {Suite::ecdheEcdsaAes128Ccm8, SuiteFamily::ecdsa, GNUTLS_KX_ECDHE_ECDSA, GNUTLS_CIPHER_AES_128_CCM_8},
    {Suite::ecdheEcdsaAes128Ccm, SuiteFamily::ecdsa, GNUTLS_KX_ECDHE_ECDSA, GNUTLS_CIPHER_AES_128_CCM},
    {Suite::ecdheEcdsaAes256Ccm8, SuiteFamily::ecdsa, GNUTLS_KX_ECDHE_ECDSA, GNUTLS_CIPHER_AES_256_CCM_8},
    {Suite::ecdheEcdsaAes256Ccm, SuiteFamily::ecdsa, GNUTLS_KX_ECDHE_ECDSA, GNUTLS_CIPHER_AES_256_CCM},
};

class Priority {
public:
    explicit Priority(const char* text) {
        const char* at = nullptr;
        if (const int error = gnutls_priority_init(&handle_, text, &at); error < 0)
            throw std::runtime_error{std::string{"GnuTLS refuses the suite list: "} + gnutls_strerror(error)};
    }
    ~Priority() { gnutls_priority_deinit(handle_); }
    Priority(const Priority&) = delete;
    Priority& operator=(const Priority&) = delete;
    gnutls_priority_t get() const { return handle_; }

private:
    gnutls_priority_t handle_ = nullptr;
};

} // namespace

const char* priorityText(SuiteFamily family) {
    // The +SIGN item is needed even where nothing is signed (L1.1). %NO_ETM: facts 7.1 have MAC-then-encrypt (L1.7).
    return family == SuiteFamily::psk
               ? "NONE:+VERS-DTLS1.2:+ECDHE-PSK:+AES-128-CBC:+SHA256:+GROUP-SECP256R1:+SIGN-ECDSA-SHA256:%NO_ETM"
               : "NONE:+VERS-DTLS1.2:+ECDHE-ECDSA:+AES-128-CCM-8:+AES-128-CCM:+AES-256-CCM-8:+AES-256-CCM:+AEAD:"
                 "+GROUP-SECP256R1:+SIGN-ECDSA-SHA256:+CTYPE-X509:%NO_ETM";
}

gnutls_priority_t sharedPriority(SuiteFamily family) {
    static const Priority psk{priorityText(SuiteFamily::psk)};
    static const Priority ecdsa{priorityText(SuiteFamily::ecdsa)};
    return (family == SuiteFamily::psk ? psk : ecdsa).get();
}

bool isGnutlsSuite(Suite suite) {
    for (const auto& row : kSuites)
        if (row.suite == suite)
            return true;
    return false;
}

SuiteFamily familyOf(Suite suite) {
    return suite == Suite::ecdhePskAes128CbcSha256 ? SuiteFamily::psk : SuiteFamily::ecdsa;
}

Suite negotiatedSuite(gnutls_session_t session) {
    const auto exchange = gnutls_kx_get(session);
    const auto cipher = gnutls_cipher_get(session);
    for (const auto& row : kSuites)
        if (row.exchange == exchange && row.cipher == cipher)
            return row.suite;
    return Suite::none;
}

} // namespace ocfsecd::dtls
