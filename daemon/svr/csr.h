#pragma once
// /oic/sec/csr (facts 2.7): a certificate request for the key that never leaves the TPM.

#include "svr/resource.h"

namespace ocfsecd::svr {

/// Reply::csrRequested; the device completes the body with completeCsr().
Reply handleCsr();
/// Puts the PEM text into the body handleCsr() began.
void completeCsr(cbor::Value& body, std::string_view pem);

} // namespace ocfsecd::svr
