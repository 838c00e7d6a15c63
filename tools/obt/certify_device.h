#pragma once
// A device of this home gets an identity certificate of the home's CA: session, request, certificate, proof, and what
// is kept of it here.

#include "tools/obt/authority.h"
#include "tools/obt/certify.h"
#include "tools/obt/tool.h"

namespace ocfsecd::obt {

struct CertifiedDevice {
    Uuid device;
    Certified done;
    Result<void> told; ///< whether it knows what this CA has revoked; a failure does not undo the rest
};

/// `target` as on the command line. The certificate is kept (issued.h).
Result<CertifiedDevice> certifyDevice(Tool& tool, const Authority& authority, const std::string& target,
                                      std::chrono::days days, svr::WallTime now);

} // namespace ocfsecd::obt
