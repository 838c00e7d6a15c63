#pragma once
// The same TPM seen through plain ESYS, without a line of ours: what a stranger could do, and what the TPM really
// holds.

#include "base/bytes.h"
#include "tpm/tpm.h"

#include <memory>
#include <string>
#include <tss2/tss2_esys.h>
#include <vector>

namespace ocfsecd::test {

class RawTpm {
public:
    explicit RawTpm(const std::string& tcti);
    explicit RawTpm(TSS2_TCTI_CONTEXT* tcti);
    ~RawTpm();
    RawTpm(const RawTpm&) = delete;
    RawTpm& operator=(const RawTpm&) = delete;

    ESYS_CONTEXT* esys() const { return esys_; }
    std::vector<TPM2_HANDLE> handles(TPM2_HANDLE first) const;
    std::size_t leftovers() const; ///< transient objects and loaded sessions
    /// A primary key of the SRK template, or of another with noDA clear.
    ESYS_TR primary(bool noDa = true) const;
    TSS2_RC setOwnerPassword(const std::string& password) const;
    void persist(ESYS_TR key, TPM2_HANDLE at) const;
    TSS2_RC undefine(TPM2_HANDLE index) const;
    TSS2_RC define(TPM2_HANDLE index, TPMA_NV attributes, UINT16 size) const;
    TSS2_RC increment(TPM2_HANDLE index) const;
    /// TPM2_Load, then TPM2_Unseal with an empty password.
    TSS2_RC unsealWithEmptyPassword(ESYS_TR parent, const tpm::SealedObject& object) const;

private:
    TSS2_TCTI_CONTEXT* own_ = nullptr;
    ESYS_CONTEXT* esys_ = nullptr;
};

/// TPM2_PCR_Extend of PCR `pcr` (SHA-256) with 32 equal octets, as bytes.
Bytes pcrExtend(std::uint32_t pcr, std::uint8_t fill);
/// TPM2_NV_Increment with empty passwords, as bytes.
Bytes nvIncrement(TPM2_HANDLE index);

} // namespace ocfsecd::test
