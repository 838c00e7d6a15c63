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
    const char* cipherText;
};

constexpr GnutlsSuite kSuites[] = {
    {Suite::ecdhePskAes128CbcSha256, SuiteFamily::psk, GNUTLS_KX_ECDHE_PSK, GNUTLS_CIPHER_AES_128_CBC,
     "+ECDHE-PSK:+AES-128-CBC:+SHA256"},
    {Suite::ecdheEcdsaAes128Ccm8, SuiteFamily::ecdsa, GNUTLS_KX_ECDHE_ECDSA, GNUTLS_CIPHER_AES_128_CCM_8,
     "+ECDHE-ECDSA:+AES-128-CCM-8:+AEAD"},
    {Suite::ecdheEcdsaAes128Ccm, SuiteFamily::ecdsa, GNUTLS_KX_ECDHE_ECDSA, GNUTLS_CIPHER_AES_128_CCM,
     "+ECDHE-ECDSA:+AES-128-CCM:+AEAD"},
    {Suite::ecdheEcdsaAes256Ccm8, SuiteFamily::ecdsa, GNUTLS_KX_ECDHE_ECDSA, GNUTLS_CIPHER_AES_256_CCM_8,
     "+ECDHE-ECDSA:+AES-256-CCM-8:+AEAD"},
    {Suite::ecdheEcdsaAes256Ccm, SuiteFamily::ecdsa, GNUTLS_KX_ECDHE_ECDSA, GNUTLS_CIPHER_AES_256_CCM,
     "+ECDHE-ECDSA:+AES-256-CCM:+AEAD"},
    {Suite::ecdheEcdsaAes128GcmSha256, SuiteFamily::ecdsa, GNUTLS_KX_ECDHE_ECDSA, GNUTLS_CIPHER_AES_128_GCM,
     "+ECDHE-ECDSA:+AES-128-GCM:+AEAD"},
};

const GnutlsSuite& rowOf(Suite suite) {
    for (const auto& row : kSuites)
        if (row.suite == suite)
            return row;
    throw std::logic_error{"not a suite of GnuTLS"};
}

class Priority {
public:
    explicit Priority(const std::string& text) {
        const char* at = nullptr;
        if (const int error = gnutls_priority_init(&handle_, text.c_str(), &at); error < 0)
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

std::string priorityText(Suite suite) {
    std::string out = "NONE:+VERS-DTLS1.2";
    for (const auto& row : kSuites)
        if (row.suite == suite || (suite == Suite::none && row.family == SuiteFamily::ecdsa))
            out += std::string{":"} + row.cipherText;
    // A +SIGN item is needed even where nothing is signed (L1.1). With certificates the peer's signature in the
    // handshake may use a longer hash (facts 7.1, deployed clients do); our own key makes SHA-256 only.
    out += ":+GROUP-SECP256R1:+SIGN-ECDSA-SHA256";
    if (suite == Suite::none || rowOf(suite).family == SuiteFamily::ecdsa)
        out += ":+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SHA512:+CTYPE-X509";
    return out + ":%NO_ETM"; // facts 7.1 have MAC-then-encrypt (L1.7)
}

gnutls_priority_t sharedPriority(Suite suite) {
    if (suite == Suite::none) {
        static const Priority everyCertificateSuite{priorityText(Suite::none)};
        return everyCertificateSuite.get();
    }
    static const auto all = [] {
        std::vector<std::unique_ptr<const Priority>> made;
        for (const auto& row : kSuites)
            made.push_back(std::make_unique<const Priority>(priorityText(row.suite)));
        return made;
    }();
    return all[static_cast<std::size_t>(&rowOf(suite) - kSuites)]->get();
}

bool isGnutlsSuite(Suite suite) {
    for (const auto& row : kSuites)
        if (row.suite == suite)
            return true;
    return false;
}

SuiteFamily familyOf(Suite suite) {
    return rowOf(suite).family;
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
