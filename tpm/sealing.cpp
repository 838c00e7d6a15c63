#include "tpm/sealing.h"

#include "tpm/object.h"
#include "tpm/response.h"

#include <cstring>
#include <fmt/format.h>
#include <tss2/tss2_sys.h>

namespace ocfsecd::tpm {

namespace {

constexpr std::size_t kMaxSecret = 128; // MAX_SYM_DATA: 129 is refused (L6.2)
constexpr int kTries = 4;               // a PCR or the epoch moved in between: once is usual, four times is a storm

// userWithAuth stays clear: with it an empty password opens the object whatever the policy says (L6.4). noDA: a wrong
// guess somewhere else must not lock our keys (L6.9).
constexpr TPMA_OBJECT kAttributes =
    TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_NODA;

struct WipingDeleter {
    void operator()(TPM2B_SENSITIVE_DATA* data) const {
        wipe(data, sizeof *data);
        Esys_Free(data);
    }
};

/// ESYS decrypts a response where it came in, and keeps it there until something as long takes its place. Of the
/// command written over it here nothing is sent.
void overwriteResponse(ESYS_CONTEXT* esys) {
    constexpr TPM2B_MAX_BUFFER zeros{.size = TPM2_MAX_DIGEST_BUFFER, .buffer = {}};
    static_assert(TPM2_MAX_DIGEST_BUFFER > sizeof(TPM2B_SENSITIVE_DATA));
    TSS2_SYS_CONTEXT* sys = nullptr;
    if (Esys_GetSysContext(esys, &sys) == TSS2_RC_SUCCESS)
        (void)Tss2_Sys_Hash_Prepare(sys, &zeros, TPM2_ALG_SHA256, TPM2_RH_NULL);
}

TPM2B_PUBLIC publicOf(const TPM2B_DIGEST& policy) {
    TPM2B_PUBLIC out{};
    auto& area = out.publicArea;
    area.type = TPM2_ALG_KEYEDHASH;
    area.nameAlg = TPM2_ALG_SHA256;
    area.objectAttributes = kAttributes;
    area.authPolicy = policy;
    area.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
    return out;
}

Failure notOurs(std::string_view why) {
    return {Reason::foreignState, fmt::format("the sealed object is not one of this TPM and parent: {}", why),
            "restore the state that belongs to this TPM, or reset the device locally"};
}

bool isOurs(const TPMT_PUBLIC& area) {
    return area.type == TPM2_ALG_KEYEDHASH && area.objectAttributes == kAttributes;
}

constexpr ObjectKind kSealedObject{"loading a sealed object", isOurs, refusesParameter, notOurs};

} // namespace

Result<SealedObject> Sealing::seal(unsigned device, std::uint64_t epoch, const SecretBytes& secret) {
    if (secret.empty() || secret.size() > kMaxSecret)
        return Failure{Reason::tooLarge,
                       fmt::format("a sealed secret has 1 to {} octets, not {}", kMaxSecret, secret.size()), ""};
    const auto policy = policy_.digest(device, epoch);
    if (!policy)
        return policy.failure();

    Sensitive sensitive;
    sensitive.area.sensitive.data.size = static_cast<UINT16>(secret.size());
    std::memcpy(sensitive.area.sensitive.data.buffer, secret.view().data(), secret.size());
    auto made = createObject(connection_, parent_, sessions_, sensitive, publicOf(*policy), "sealing a secret");
    if (!made)
        return made.failure();
    return SealedObject{std::move(made->publicArea), std::move(made->privateArea)};
}

Result<SecretBytes> Sealing::unseal(unsigned device, const SealedObject& object) {
    for (int tries = 1;; ++tries) {
        // The epoch asked for is the present one: whether the object was sealed to it shows in the policy's digest.
        // Most of the time the last value seen is still right and saves a read.
        const auto epoch = counters_.epoch(device, tries > 1);
        if (!epoch)
            return epoch.failure();
        auto opened = open(device, *epoch, object);
        if (opened || tries == kTries || !movedMeanwhile(opened.failure()))
            return opened;
    }
}

Result<SecretBytes> Sealing::open(unsigned device, std::uint64_t epoch, const SealedObject& object) {
    const auto loaded =
        loadObject(connection_, parent_, sessions_, kSealedObject, object.publicArea, object.privateArea);
    if (!loaded)
        return loaded.failure();
    const auto session = sessions_.policy();
    if (!session)
        return session.failure();
    if (auto applied = policy_.apply(*session, device, epoch); !applied)
        return applied.failure();
    TPM2B_SENSITIVE_DATA* raw = nullptr;
    const auto rc = Esys_Unseal(connection_.esys(), loaded->get(), *session, ESYS_TR_NONE, ESYS_TR_NONE, &raw);
    overwriteResponse(connection_.esys());
    if (auto done = connection_.check(rc, "unsealing a secret"); !done)
        return done.failure();
    const std::unique_ptr<TPM2B_SENSITIVE_DATA, WipingDeleter> data{raw};
    return SecretBytes{ByteView{data->buffer, data->size}};
}

bool Sealing::movedMeanwhile(const Failure& failure) const {
    const auto code = bare(connection_.lastCode());
    return failure.reason == Reason::policyMismatch && (code == TPM2_RC_PCR_CHANGED || code == TPM2_RC_POLICY);
}

} // namespace ocfsecd::tpm
