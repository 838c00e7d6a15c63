#pragma once
// This identity has no CA in its home: it asks that of another home for a certificate, by a file. Its key stays here;
// the certificate and the root come back (as a hand-over file brings a key, handover.h, but neither is a secret).
//
//   request.pem   the key of a request whose certificate has not come yet

#include "tools/obt/own_certificate.h"

namespace ocfsecd::obt {

enum class RequestKey {
    same,  ///< of the certificate in force or of the last request, if there is one
    fresh, ///< the old one may be in other hands, or its certificate is revoked
};
/// The request in PEM. Reason::configuration in a home with a CA, which needs none.
Result<std::string> requestCertificate(const Home& home, RequestKey which);

/// PEM of the certificate and its root, in this order: becomes the certificate in force. Reason::usage for other
/// content, foreignState for another identity's, precondition when it does not hold. Nothing is changed then.
Result<svr::Certificate> acceptCertificate(const Home& home, std::string_view pem, svr::WallTime now);

} // namespace ocfsecd::obt
