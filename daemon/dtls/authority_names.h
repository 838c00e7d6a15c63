#pragma once
// GnuTLS fills the names of a CertificateRequest from certificates it trusts; a name alone it does not take.

#include "base/bytes.h"

namespace ocfsecd::dtls {

/// A certificate that says nothing but this subject (DER of an X.501 Name). It is in nobody's chain of trust: the
/// library is never asked to verify one.
Bytes authorityNamed(ByteView name);

} // namespace ocfsecd::dtls
