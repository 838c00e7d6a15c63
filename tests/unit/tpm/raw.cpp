#include "raw.h"

#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

namespace ocfsecd::test {

namespace {

void must(TSS2_RC rc, const char* what) {
    if (rc != TSS2_RC_SUCCESS)
        throw std::runtime_error{std::string{what} + ": " + std::to_string(rc)};
}

} // namespace

RawTpm::RawTpm(const std::string& tcti) {
    ::setenv("TSS2_LOG", "all+NONE", 1);
    must(Tss2_TctiLdr_Initialize(tcti.c_str(), &own_), "TCTI");
    must(Esys_Initialize(&esys_, own_, nullptr), "ESYS");
}

RawTpm::RawTpm(TSS2_TCTI_CONTEXT* tcti) {
    ::setenv("TSS2_LOG", "all+NONE", 1);
    must(Esys_Initialize(&esys_, tcti, nullptr), "ESYS");
}

RawTpm::~RawTpm() {
    Esys_Finalize(&esys_);
    if (own_ != nullptr)
        Tss2_TctiLdr_Finalize(&own_);
}

std::vector<TPM2_HANDLE> RawTpm::handles(TPM2_HANDLE first) const {
    TPMI_YES_NO more = TPM2_NO;
    TPMS_CAPABILITY_DATA* data = nullptr;
    must(Esys_GetCapability(esys_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES, first, 64, &more, &data),
         "GetCapability");
    std::vector<TPM2_HANDLE> out{data->data.handles.handle, data->data.handles.handle + data->data.handles.count};
    Esys_Free(data);
    return out;
}

std::size_t RawTpm::leftovers() const {
    return handles(TPM2_TRANSIENT_FIRST).size() + handles(TPM2_LOADED_SESSION_FIRST).size();
}

ESYS_TR RawTpm::primary(bool noDa) const {
    TPM2B_PUBLIC area{};
    area.publicArea.type = TPM2_ALG_ECC;
    area.publicArea.nameAlg = TPM2_ALG_SHA256;
    area.publicArea.objectAttributes = noDa ? 0x30472 : 0x30072;
    area.publicArea.parameters.eccDetail = {
        .symmetric = {.algorithm = TPM2_ALG_AES, .keyBits = {.aes = 128}, .mode = {.aes = TPM2_ALG_CFB}},
        .scheme = {.scheme = TPM2_ALG_NULL},
        .curveID = TPM2_ECC_NIST_P256,
        .kdf = {.scheme = TPM2_ALG_NULL}};
    area.publicArea.unique.ecc.x.size = 32;
    area.publicArea.unique.ecc.y.size = 32;
    const TPM2B_SENSITIVE_CREATE sensitive{};
    const TPM2B_DATA outside{};
    const TPML_PCR_SELECTION pcrs{};
    ESYS_TR handle = ESYS_TR_NONE;
    must(Esys_CreatePrimary(esys_, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &area,
                            &outside, &pcrs, &handle, nullptr, nullptr, nullptr, nullptr),
         "CreatePrimary");
    return handle;
}

TSS2_RC RawTpm::setOwnerPassword(const std::string& password) const {
    TPM2B_AUTH auth{};
    auth.size = static_cast<UINT16>(password.size());
    std::memcpy(auth.buffer, password.data(), password.size());
    return Esys_HierarchyChangeAuth(esys_, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &auth);
}

void RawTpm::persist(ESYS_TR key, TPM2_HANDLE at) const {
    ESYS_TR made = ESYS_TR_NONE;
    must(Esys_EvictControl(esys_, ESYS_TR_RH_OWNER, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, at, &made),
         "EvictControl");
    must(Esys_FlushContext(esys_, key), "FlushContext");
}

TSS2_RC RawTpm::undefine(TPM2_HANDLE index) const {
    ESYS_TR handle = ESYS_TR_NONE;
    if (const auto rc = Esys_TR_FromTPMPublic(esys_, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &handle); rc != 0)
        return rc;
    return Esys_NV_UndefineSpace(esys_, ESYS_TR_RH_OWNER, handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE);
}

TSS2_RC RawTpm::define(TPM2_HANDLE index, TPMA_NV attributes, UINT16 size) const {
    TPM2B_NV_PUBLIC area{};
    area.nvPublic = {.nvIndex = index, .nameAlg = TPM2_ALG_SHA256, .attributes = attributes, .dataSize = size};
    const TPM2B_AUTH auth{};
    ESYS_TR handle = ESYS_TR_NONE;
    return Esys_NV_DefineSpace(esys_, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &auth, &area,
                               &handle);
}

TSS2_RC RawTpm::increment(TPM2_HANDLE index) const {
    ESYS_TR handle = ESYS_TR_NONE;
    if (const auto rc = Esys_TR_FromTPMPublic(esys_, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &handle); rc != 0)
        return rc;
    return Esys_NV_Increment(esys_, handle, handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE);
}

TSS2_RC RawTpm::unsealWithEmptyPassword(ESYS_TR parent, const tpm::SealedObject& object) const {
    TPM2B_PUBLIC publicArea{};
    TPM2B_PRIVATE privateArea{};
    std::size_t at = 0;
    must(Tss2_MU_TPM2B_PUBLIC_Unmarshal(object.publicArea.data(), object.publicArea.size(), &at, &publicArea),
         "public");
    at = 0;
    must(Tss2_MU_TPM2B_PRIVATE_Unmarshal(object.privateArea.data(), object.privateArea.size(), &at, &privateArea),
         "private");
    ESYS_TR handle = ESYS_TR_NONE;
    must(Esys_Load(esys_, parent, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &privateArea, &publicArea, &handle),
         "Load");
    TPM2B_SENSITIVE_DATA* data = nullptr;
    const auto rc = Esys_Unseal(esys_, handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &data);
    Esys_Free(data);
    Esys_FlushContext(esys_, handle);
    return rc;
}

namespace {

Bytes withPassword(std::uint32_t code, ByteView handles, ByteView parameters) {
    Writer body;
    body.u32(code).bytes(handles);
    body.u32(9).u32(TPM2_RS_PW).u16(0).u8(0).u16(0); // one password session, empty
    body.bytes(parameters);
    return Writer{}.u16(TPM2_ST_SESSIONS).u32(6 + body.size()).bytes(body.view()).take();
}

} // namespace

Bytes pcrExtend(std::uint32_t pcr, std::uint8_t fill) {
    const Bytes value(32, fill);
    return withPassword(TPM2_CC_PCR_Extend, Writer{}.u32(pcr).view(),
                        Writer{}.u32(1).u16(TPM2_ALG_SHA256).bytes(value).view());
}

Bytes nvIncrement(TPM2_HANDLE index) {
    return withPassword(TPM2_CC_NV_Increment, Writer{}.u32(index).u32(index).view(), {});
}

} // namespace ocfsecd::test
