#include "tpm/object.h"

#include "tpm/marshal.h"

#include <fmt/format.h>

namespace ocfsecd::tpm {

Sensitive::~Sensitive() {
    wipe(&area, sizeof area);
}

Result<ObjectAreas> createObject(Connection& connection, const Parent& parent, Sessions& sessions,
                                 const Sensitive& sensitive, const TPM2B_PUBLIC& area, std::string_view act) {
    const auto session = sessions.hmac(TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT);
    if (!session)
        return session.failure();
    const TPM2B_DATA outside{};
    const TPML_PCR_SELECTION pcrs{};
    TPM2B_PRIVATE* privateRaw = nullptr;
    TPM2B_PUBLIC* publicRaw = nullptr;
    const auto rc =
        Esys_Create(connection.esys(), parent.handle(), *session, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive.area, &area,
                    &outside, &pcrs, &privateRaw, &publicRaw, nullptr, nullptr, nullptr);
    if (auto made = connection.check(rc, act); !made)
        return made.failure();
    const EsysPtr<TPM2B_PRIVATE> privateArea{privateRaw};
    const EsysPtr<TPM2B_PUBLIC> publicArea{publicRaw};
    return ObjectAreas{marshalled(*publicArea, Tss2_MU_TPM2B_PUBLIC_Marshal),
                       marshalled(*privateArea, Tss2_MU_TPM2B_PRIVATE_Marshal)};
}

Result<Transient> loadObject(Connection& connection, const Parent& parent, Sessions& sessions, const ObjectKind& kind,
                             ByteView publicOctets, ByteView privateOctets) {
    TPM2B_PUBLIC publicArea{};
    TPM2B_PRIVATE privateArea{};
    if (!unmarshalled(publicOctets, publicArea, Tss2_MU_TPM2B_PUBLIC_Unmarshal) ||
        !unmarshalled(privateOctets, privateArea, Tss2_MU_TPM2B_PRIVATE_Unmarshal))
        return kind.notOurs("its bytes are no TPM structures");
    if (!kind.isOurs(publicArea.publicArea))
        return kind.notOurs("its attributes are not those ocfsecd gives");
    const auto session = sessions.hmac(TPMA_SESSION_DECRYPT);
    if (!session)
        return session.failure();
    ESYS_TR handle = ESYS_TR_NONE;
    const auto rc = Esys_Load(connection.esys(), parent.handle(), *session, ESYS_TR_NONE, ESYS_TR_NONE, &privateArea,
                              &publicArea, &handle);
    if (kind.refused(rc)) {
        connection.countFailure();
        return kind.notOurs(fmt::format("the TPM does not load it (0x{:x})", rc));
    }
    if (auto done = connection.check(rc, kind.act); !done)
        return done.failure();
    return Transient{connection, handle};
}

} // namespace ocfsecd::tpm
