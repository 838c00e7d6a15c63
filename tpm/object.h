#pragma once
// Objects below the parent: made by the TPM, taken out as two areas, loaded again.

#include "tpm/parent.h"
#include "tpm/session.h"

namespace ocfsecd::tpm {

/// What is to be kept secret while an object is made; wiped.
struct Sensitive {
    TPM2B_SENSITIVE_CREATE area{};
    Sensitive() = default;
    Sensitive(const Sensitive&) = delete;
    Sensitive& operator=(const Sensitive&) = delete;
    ~Sensitive();
};

/// TPM2B_PUBLIC and TPM2B_PRIVATE, marshalled.
struct ObjectAreas {
    Bytes publicArea;
    Bytes privateArea;
};

/// TPM2_Create, encrypted both ways.
Result<ObjectAreas> createObject(Connection& connection, const Parent& parent, Sessions& sessions,
                                 const Sensitive& sensitive, const TPM2B_PUBLIC& area, std::string_view act);

/// How objects of one kind are recognised and refused.
struct ObjectKind {
    std::string_view act;                    ///< "loading a signing key"
    bool (*isOurs)(const TPMT_PUBLIC& area); ///< it has the attributes ocfsecd gives
    bool (*refused)(TSS2_RC rc);             ///< the TPM says that the areas are not its own
    Failure (*notOurs)(std::string_view why);
};

/// TPM2_Load, encrypted on the way there.
Result<Transient> loadObject(Connection& connection, const Parent& parent, Sessions& sessions, const ObjectKind& kind,
                             ByteView publicArea, ByteView privateArea);

} // namespace ocfsecd::tpm
