#include "tpm/public_point.h"

#include <algorithm>
#include <tss2/tss2_mu.h>

namespace ocfsecd::tpm {

namespace {

constexpr std::size_t kCoordinate = 32;

/// The TPM may leave out leading zeros.
bool copyCoordinate(const TPM2B_ECC_PARAMETER& from, std::uint8_t* to) {
    if (from.size > kCoordinate)
        return false;
    std::copy_n(from.buffer, from.size, to + (kCoordinate - from.size));
    return true;
}

} // namespace

Result<std::array<std::uint8_t, 64>> publicPoint(ByteView publicArea) {
    const Failure wrong{Reason::stateCorrupt, "the stored public area is not that of a P-256 key",
                        "reset the device; it makes a new key"};
    TPM2B_PUBLIC area{};
    std::size_t at = 0;
    if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(publicArea.data(), publicArea.size(), &at, &area) != TSS2_RC_SUCCESS ||
        at != publicArea.size())
        return wrong;
    const auto& key = area.publicArea;
    std::array<std::uint8_t, 64> out{};
    if (key.type != TPM2_ALG_ECC || key.parameters.eccDetail.curveID != TPM2_ECC_NIST_P256 ||
        !copyCoordinate(key.unique.ecc.x, out.data()) || !copyCoordinate(key.unique.ecc.y, out.data() + kCoordinate))
        return wrong;
    return out;
}

} // namespace ocfsecd::tpm
