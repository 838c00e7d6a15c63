#include "tpm/description.h"

#include <fmt/format.h>

namespace ocfsecd::tpm {

namespace {

Result<std::uint32_t> property(Connection& connection, TPM2_PT which) {
    TPMI_YES_NO more = TPM2_NO;
    TPMS_CAPABILITY_DATA* raw = nullptr;
    if (auto asked = connection.check(Esys_GetCapability(connection.esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                                         TPM2_CAP_TPM_PROPERTIES, which, 1, &more, &raw),
                                      "asking who made the TPM");
        !asked)
        return asked.failure();
    const EsysPtr<TPMS_CAPABILITY_DATA> capability{raw};
    const auto& list = capability->data.tpmProperties;
    // A TPM without the property answers with the next one it has.
    return list.count == 1 && list.tpmProperty[0].property == which ? list.tpmProperty[0].value : 0U;
}

std::string letters(std::uint32_t four) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8)
        if (const auto c = static_cast<char>(four >> shift & 0xff); c > ' ' && c <= '~')
            out += c;
    return out;
}

} // namespace

Result<Description> describe(Connection& connection) {
    const auto maker = property(connection, TPM2_PT_MANUFACTURER);
    if (!maker)
        return maker.failure();
    const auto high = property(connection, TPM2_PT_FIRMWARE_VERSION_1);
    if (!high)
        return high.failure();
    const auto low = property(connection, TPM2_PT_FIRMWARE_VERSION_2);
    if (!low)
        return low.failure();
    return Description{letters(*maker),
                       fmt::format("{}.{}.{}.{}", *high >> 16, *high & 0xffff, *low >> 16, *low & 0xffff)};
}

} // namespace ocfsecd::tpm
