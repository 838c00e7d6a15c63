#include "tpm/parent.h"

#include "tpm/response.h"

#include <array>
#include <tss2/tss2_mu.h>

namespace ocfsecd::tpm {

namespace {

constexpr TPM2_HANDLE kPersistentSrk = 0x81000001; // TCG TPM v2.0 Provisioning Guidance 7.8
constexpr UINT16 kCoordinate = 32;

// TCG EK Credential Profile, template H-2 of the SRK; attributes 0x30472, with noDA (L6.1).
TPM2B_PUBLIC srkTemplate() {
    TPM2B_PUBLIC out{};
    auto& area = out.publicArea;
    area.type = TPM2_ALG_ECC;
    area.nameAlg = TPM2_ALG_SHA256;
    area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                            TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
    auto& ecc = area.parameters.eccDetail;
    ecc.symmetric.algorithm = TPM2_ALG_AES;
    ecc.symmetric.keyBits.aes = 128;
    ecc.symmetric.mode.aes = TPM2_ALG_CFB;
    ecc.scheme.scheme = TPM2_ALG_NULL;
    ecc.curveID = TPM2_ECC_NIST_P256;
    ecc.kdf.scheme = TPM2_ALG_NULL;
    area.unique.ecc.x.size = kCoordinate;
    area.unique.ecc.y.size = kCoordinate;
    return out;
}

Bytes marshalled(const TPM2B_PUBLIC& from) {
    std::array<std::uint8_t, sizeof(TPM2B_PUBLIC)> raw{};
    std::size_t used = 0;
    if (Tss2_MU_TPM2B_PUBLIC_Marshal(&from, raw.data(), raw.size(), &used) != TSS2_RC_SUCCESS)
        return {};
    return copyOf(ByteView{raw}.first(used));
}

// The point is the key's own; all the rest has to be the template.
bool isSrk(TPM2B_PUBLIC area) {
    const auto wanted = srkTemplate();
    if (area.publicArea.type != TPM2_ALG_ECC)
        return false;
    area.publicArea.unique = wanted.publicArea.unique;
    const auto mine = marshalled(area);
    return !mine.empty() && mine == marshalled(wanted);
}

Result<Bytes> nameOf(Connection& connection, ESYS_TR handle) {
    TPM2B_NAME* raw = nullptr;
    if (auto got = connection.check(Esys_TR_GetName(connection.esys(), handle, &raw), "reading the parent's name");
        !got)
        return got.failure();
    const EsysPtr<TPM2B_NAME> name{raw};
    return copyOf(ByteView{name->name, name->size});
}

/// ESYS_TR_NONE when nothing or something else sits at the handle.
Result<ESYS_TR> findPersistent(Connection& connection) {
    auto* esys = connection.esys();
    ESYS_TR handle = ESYS_TR_NONE;
    const auto rc = Esys_TR_FromTPMPublic(esys, kPersistentSrk, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &handle);
    if (bare(rc) == TPM2_RC_HANDLE)
        return ESYS_TR_NONE;
    if (auto found = connection.check(rc, "looking for the persistent storage root key"); !found)
        return found.failure();
    TPM2B_PUBLIC* raw = nullptr;
    if (auto read = connection.check(
            Esys_ReadPublic(esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &raw, nullptr, nullptr),
            "reading the persistent storage root key");
        !read)
        return read.failure();
    const EsysPtr<TPM2B_PUBLIC> area{raw};
    if (isSrk(*area))
        return handle;
    Esys_TR_Close(esys, &handle);
    return ESYS_TR_NONE;
}

Result<Transient> createPrimary(Connection& connection) {
    const auto area = srkTemplate();
    const TPM2B_SENSITIVE_CREATE sensitive{};
    const TPM2B_DATA outside{};
    const TPML_PCR_SELECTION pcrs{};
    ESYS_TR handle = ESYS_TR_NONE;
    const auto rc =
        Esys_CreatePrimary(connection.esys(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                           &sensitive, &area, &outside, &pcrs, &handle, nullptr, nullptr, nullptr, nullptr);
    if (auto made = connection.check(rc, "making the storage root key"); !made)
        return made.failure();
    return Transient{connection, handle};
}

} // namespace

Result<Parent> Parent::make(Connection& connection) {
    Parent out;
    auto persistent = findPersistent(connection);
    if (!persistent)
        return persistent.failure();
    out.handle_ = *persistent;
    if (out.handle_ == ESYS_TR_NONE) {
        auto made = createPrimary(connection);
        if (!made)
            return made.failure();
        out.transient_ = *std::move(made);
        out.handle_ = out.transient_.get();
    }
    auto name = nameOf(connection, out.handle_);
    if (!name)
        return name.failure();
    out.name_ = *std::move(name);
    return out;
}

} // namespace ocfsecd::tpm
