#pragma once
// What a session with a certificate carries beyond its peer's UUID.

#include "svr/certificate.h"

namespace ocfsecd::svr {

/// A role certificate a peer asserted on its session (facts 2.8).
struct AssertedRole {
    Credential credential; ///< as GET returns it
    RoleIds roles;
    WallTime notAfter{};
};

struct CertificateSession {
    PublicKey key{}; ///< of the identity certificate; role certificates are bound to it
    std::vector<AssertedRole> asserted;
};

} // namespace ocfsecd::svr
