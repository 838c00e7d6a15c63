#include "tpm/session.h"

namespace ocfsecd::tpm {

namespace {

constexpr TPMT_SYM_DEF kAes128Cfb{.algorithm = TPM2_ALG_AES, .keyBits = {.aes = 128}, .mode = {.aes = TPM2_ALG_CFB}};
constexpr TPMA_SESSION kWholeMask = 0xff;

} // namespace

Result<ESYS_TR> Sessions::hmac(TPMA_SESSION attributes) {
    dropSpoiled();
    if (!hmac_) {
        auto made = start(TPM2_SE_HMAC);
        if (!made)
            return made.failure();
        hmac_ = *std::move(made);
    }
    if (auto set = connection_.check(Esys_TRSess_SetAttributes(connection_.esys(), hmac_.get(),
                                                               attributes | TPMA_SESSION_CONTINUESESSION, kWholeMask),
                                     "setting a session's attributes");
        !set)
        return set.failure();
    return hmac_.get();
}

Result<ESYS_TR> Sessions::policy() {
    dropSpoiled();
    if (!policy_) {
        auto made = start(TPM2_SE_POLICY);
        if (!made)
            return made.failure();
        policy_ = *std::move(made);
        constexpr auto attributes = TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT;
        if (auto set =
                connection_.check(Esys_TRSess_SetAttributes(connection_.esys(), policy_.get(), attributes, kWholeMask),
                                  "setting a session's attributes");
            !set)
            return set.failure();
        return policy_.get();
    }
    if (auto restarted = connection_.check(
            Esys_PolicyRestart(connection_.esys(), policy_.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE),
            "restarting a policy session");
        !restarted)
        return restarted.failure();
    return policy_.get();
}

Result<Transient> Sessions::trial() {
    return start(TPM2_SE_TRIAL);
}

Result<Transient> Sessions::start(TPM2_SE type) {
    // A trial session carries no secret and needs no salt.
    const auto salt = type == TPM2_SE_TRIAL ? ESYS_TR_NONE : parent_.handle();
    ESYS_TR handle = ESYS_TR_NONE;
    const auto rc = Esys_StartAuthSession(connection_.esys(), salt, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                          ESYS_TR_NONE, nullptr, type, &kAes128Cfb, TPM2_ALG_SHA256, &handle);
    if (auto started = connection_.check(rc, "starting a TPM session"); !started)
        return started.failure();
    return Transient{connection_, handle};
}

void Sessions::dropSpoiled() {
    if (failuresSeen_ == connection_.failures())
        return;
    hmac_ = Transient{};
    policy_ = Transient{};
    failuresSeen_ = connection_.failures();
}

} // namespace ocfsecd::tpm
