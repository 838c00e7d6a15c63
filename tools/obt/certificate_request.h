#pragma once
// Requests for an identity certificate (PKCS#10; facts 2.7, 6.6): what a device sends of /oic/sec/csr and what another
// identity of this tool writes, judged before anything is issued for them; and our own. Pure.

#include "cbor/value.h"
#include "tools/obt/issue.h"

namespace ocfsecd::obt {

/// Octets of a request's PEM text (facts 2.7).
inline constexpr std::size_t kMaxRequestText = 3072;

/// The request of whoever it names: PKCS#10 for a key on secp256r1, signed by that key with ecdsa-with-SHA256, whose
/// one common name is "uuid:" and a UUID. Reason::malformed says what is wrong with it.
Result<EndEntity> readCertificateRequest(std::string_view pem);
/// The same, and it is that of `device`.
Result<EndEntity> readCertificateRequest(std::string_view pem, const Uuid& device);
/// The same of the body of a GET.
Result<EndEntity> certificateRequestIn(const cbor::Value& body, const Uuid& device);

/// Such a request in PEM.
std::string makeCertificateRequest(const Uuid& uuid, const SigningKey& key);

} // namespace ocfsecd::obt
