#pragma once
// What a device sends of /oic/sec/csr (facts 2.7, 6.6): read, and judged before anything is issued for it. Pure.

#include "cbor/value.h"
#include "tools/obt/issue.h"

namespace ocfsecd::obt {

/// Octets of a request's PEM text (facts 2.7).
inline constexpr std::size_t kMaxRequestText = 3072;

/// The request of `device`: PKCS#10 for a key on secp256r1, signed by that key with ecdsa-with-SHA256, whose one common
/// name is "uuid:" and that device's UUID. Reason::malformed says what is wrong with it.
Result<EndEntity> readCertificateRequest(std::string_view pem, const Uuid& device);
/// The same of the body of a GET.
Result<EndEntity> certificateRequestIn(const cbor::Value& body, const Uuid& device);

} // namespace ocfsecd::obt
