#pragma once
// The storage parent of everything sealed: the TCG's ECC P-256 storage root key.

#include "base/bytes.h"
#include "tpm/connection.h"

namespace ocfsecd::tpm {

class Parent {
public:
    /// The persistent SRK when 0x81000001 is exactly that, else a transient primary key of the same template.
    static Result<Parent> make(Connection& connection);

    ESYS_TR handle() const { return handle_; }
    ByteView name() const { return name_; }
    bool persistent() const { return !transient_; }

private:
    Transient transient_; ///< empty for a persistent parent
    ESYS_TR handle_ = ESYS_TR_NONE;
    Bytes name_;
};

} // namespace ocfsecd::tpm
