#pragma once
// What a credential of type 8 has to be, by its usage (facts 2.4, 6.2).

#include "svr/trust.h"

namespace ocfsecd::svr {

/// Whatever the device: the PEM text holds certificates on secp256r1. Reason::malformed.
Result<void> checkPublicData(const Credential& credential);
/// In this device, `next` being its state with everything of the same POST in it: a trust anchor may come behind what
/// needs it. Reason::malformed.
Result<void> checkCertificateCredential(const Credential& credential, const DeviceState& next,
                                        const Capabilities& capabilities, WallTime now);

} // namespace ocfsecd::svr
