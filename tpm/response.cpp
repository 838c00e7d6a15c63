#include "tpm/response.h"

#include <array>
#include <fmt/format.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tpm2_types.h>

namespace ocfsecd::tpm {

namespace {

constexpr TSS2_RC kLayerMask = 0x00ff0000;
constexpr TSS2_RC kFormatOne = 0x80;
constexpr TSS2_RC kFormatOneCode = 0xbf; // without P bit and N field
constexpr TSS2_RC kFormatZeroCode = 0xfff;

struct Meaning {
    TSS2_RC code;
    Reason reason;
    std::string_view next;
};

constexpr std::string_view kCheckTpm =
    "check the TPM device, its driver and its owner group; it is opened anew at the next use";

// Numbers measured: L6.5, L6.7, L6.8, L6.9, L6.10.
constexpr std::array kMeanings{
    Meaning{TPM2_RC_POLICY, Reason::policyMismatch, "the ownership epoch moved on; a local reset frees the device"},
    Meaning{TPM2_RC_POLICY_FAIL, Reason::policyMismatch, "restore the PCR values, or reset the device locally"},
    Meaning{TPM2_RC_PCR_CHANGED, Reason::policyMismatch, "a PCR moves at this moment; try again"},
    Meaning{TPM2_RC_PCR, Reason::policyMismatch, "choose other PCRs with PcrSelection="},
    Meaning{TPM2_RC_INTEGRITY, Reason::foreignState,
            "the object belongs to another TPM or parent, or the TPM was cleared; reset the device locally"},
    Meaning{TPM2_RC_BAD_AUTH, Reason::ownerAuthRequired, "clear the TPM's owner password with tpm2_changeauth"},
    Meaning{TPM2_RC_AUTH_FAIL, Reason::ownerAuthRequired, "clear the TPM's owner password with tpm2_changeauth"},
    Meaning{TPM2_RC_LOCKOUT, Reason::tpmLockout,
            "wait for the TPM's recovery time, or tpm2_dictionarylockout --clear-lockout"},
    Meaning{TPM2_RC_NV_SPACE, Reason::limitReached, "free NV indices with tpm2_nvundefine"},
    Meaning{TPM2_RC_NV_RATE, Reason::busy, "the TPM limits NV writes; try again later"},
    Meaning{TPM2_RC_NV_UNAVAILABLE, Reason::busy, "the TPM's NV memory is busy; try again later"},
    Meaning{TPM2_RC_RETRY, Reason::busy, "the TPM is busy; try again later"},
    Meaning{TPM2_RC_YIELDED, Reason::busy, "the TPM is busy; try again later"},
    Meaning{TPM2_RC_TESTING, Reason::busy, "the TPM tests itself; try again later"},
};

const Meaning* meaningOf(TSS2_RC rc) {
    const auto code = bare(rc);
    for (const auto& meaning : kMeanings)
        if (meaning.code == code)
            return &meaning;
    return nullptr;
}

} // namespace

TSS2_RC bare(TSS2_RC rc) {
    const auto layer = rc & kLayerMask;
    // The kernel's resource manager answers for the TPM in its own layer.
    if (layer != TSS2_TPM_RC_LAYER && layer != TSS2_RESMGR_RC_LAYER && layer != TSS2_RESMGR_TPM_RC_LAYER)
        return rc;
    return rc & ((rc & kFormatOne) != 0 ? kFormatOneCode : kFormatZeroCode);
}

bool endsConnection(TSS2_RC rc) {
    // What the table does not name, a healthy TPM does not say to our commands: it is answering nonsense.
    return meaningOf(rc) == nullptr;
}

bool refusesParameter(TSS2_RC rc) {
    return bare(rc) != rc && (rc & kFormatOne) != 0 && (rc & TPM2_RC_P) != 0;
}

Failure failureOf(TSS2_RC rc, std::string_view act) {
    const auto* meaning = meaningOf(rc);
    return {meaning != nullptr ? meaning->reason : Reason::tpmUnavailable,
            fmt::format("{} failed: {} (0x{:x})", act, Tss2_RC_Decode(rc), rc),
            std::string{meaning != nullptr ? meaning->next : kCheckTpm}};
}

Failure connectionLost() {
    return {Reason::tpmUnavailable, "the connection to the TPM was lost", std::string{kCheckTpm}};
}

} // namespace ocfsecd::tpm
