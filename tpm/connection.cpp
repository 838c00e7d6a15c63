#include "tpm/connection.h"

#include "tpm/response.h"

#include <cstdlib>
#include <fmt/format.h>
#include <mutex>
#include <tss2/tss2_tctildr.h>
#include <vector>

namespace ocfsecd::tpm {

namespace {

// ESYS writes every refused command to stderr, at trace level secrets too (L6.15).
void silenceTss() {
    static std::once_flag once;
    std::call_once(once, [] { ::setenv("TSS2_LOG", "all+NONE", 1); });
}

// A TPM has three to a few dozen handles; a list longer than this is nonsense.
constexpr UINT32 kMaxHandles = TPM2_MAX_CAP_HANDLES;

} // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& tcti) {
    silenceTss();
    std::unique_ptr<Connection> connection{new Connection};
    if (const auto rc = Tss2_TctiLdr_Initialize(tcti.c_str(), &connection->ownTcti_); rc != TSS2_RC_SUCCESS) {
        connection->ownTcti_ = nullptr;
        return failureOf(rc, fmt::format("opening the TPM at {}", tcti));
    }
    if (auto started = connection->start(connection->ownTcti_); !started)
        return started.failure();
    return connection;
}

Result<std::unique_ptr<Connection>> Connection::openOn(TSS2_TCTI_CONTEXT* tcti) {
    silenceTss();
    std::unique_ptr<Connection> connection{new Connection};
    if (auto started = connection->start(tcti); !started)
        return started.failure();
    return connection;
}

Result<void> Connection::start(TSS2_TCTI_CONTEXT* tcti) {
    if (auto made = check(Esys_Initialize(&esys_, tcti, nullptr), "starting the TPM library"); !made) {
        esys_ = nullptr;
        return made;
    }
    // Behind a resource manager these lists hold only what is ours: nothing. Without one the TPM is ours alone (L6.17).
    for (const auto first : {TPM2_TRANSIENT_FIRST, TPM2_LOADED_SESSION_FIRST})
        if (auto flushed = flushLeftovers(first); !flushed)
            return flushed;
    return {};
}

Connection::~Connection() {
    if (esys_ != nullptr)
        Esys_Finalize(&esys_);
    if (ownTcti_ != nullptr)
        Tss2_TctiLdr_Finalize(&ownTcti_);
}

Result<void> Connection::check(TSS2_RC rc, std::string_view act) {
    if (rc == TSS2_RC_SUCCESS)
        return {};
    ++failures_;
    lastCode_ = rc;
    if (endsConnection(rc))
        usable_ = false;
    return failureOf(rc, act);
}

Result<void> Connection::flushLeftovers(TPM2_HANDLE first) {
    TPMI_YES_NO more = TPM2_NO;
    TPMS_CAPABILITY_DATA* raw = nullptr;
    if (auto asked = check(Esys_GetCapability(esys_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES, first,
                                              kMaxHandles, &more, &raw),
                           "listing the TPM's handles");
        !asked)
        return asked;
    const EsysPtr<TPMS_CAPABILITY_DATA> capability{raw};
    const auto& handles = capability->data.handles;
    for (UINT32 i = 0; i < handles.count && i < kMaxHandles; ++i) {
        ESYS_TR handle = ESYS_TR_NONE;
        auto rc = Esys_TR_FromTPMPublic(esys_, handles.handle[i], ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &handle);
        if (rc == TSS2_RC_SUCCESS)
            rc = Esys_FlushContext(esys_, handle);
        if (auto flushed = check(rc, "flushing a leftover of the TPM"); !flushed)
            return flushed;
    }
    return {};
}

Transient::~Transient() {
    // On a dead connection the next one flushes; the answer to a flush changes nothing here.
    if (handle_ != ESYS_TR_NONE && connection_->usable())
        (void)connection_->check(Esys_FlushContext(connection_->esys(), handle_), "flushing a TPM handle");
}

} // namespace ocfsecd::tpm
