#pragma once
// Authorisation sessions salted to the parent: what travels in them is encrypted and cannot be changed on the way
// (L6.3).

#include "tpm/connection.h"
#include "tpm/parent.h"

namespace ocfsecd::tpm {

/// Both sessions are made when first needed, used over many commands (a salted session costs a third of a second on
/// real chips) and made anew after any failed command.
class Sessions {
public:
    Sessions(Connection& connection, const Parent& parent) : connection_{connection}, parent_{parent} {}

    /// The HMAC session with exactly these attributes for the next command (continueSession is added).
    Result<ESYS_TR> hmac(TPMA_SESSION attributes);
    /// The policy session, at the start of its policy; decrypts and encrypts.
    Result<ESYS_TR> policy();
    /// A session that only computes a policy digest.
    Result<Transient> trial();

private:
    Result<Transient> start(TPM2_SE type);
    void dropSpoiled();

    Connection& connection_;
    const Parent& parent_;
    std::uint64_t failuresSeen_ = 0;
    Transient hmac_;
    Transient policy_;
};

} // namespace ocfsecd::tpm
