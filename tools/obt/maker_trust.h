#pragma once
// The makers whose devices the user trusts: root certificates from files, and the judgement of a device's chain (facts
// 4.4, 6.4).

#include "svr/certificate_chain.h"
#include "tools/obt/peer.h"

#include <string>
#include <vector>

namespace ocfsecd::obt {

/// Certificates in all files together.
inline constexpr std::size_t kMaxMakerRoots = 256;

/// The certificates of PEM text, any number. Reason::usage names `file`.
Result<std::vector<svr::TrustAnchor>> parseMakerRoots(std::string_view pem, std::string_view file);
/// Of all these files.
Result<std::vector<svr::TrustAnchor>> readMakerRoots(const std::vector<std::string>& files);

/// The device's own certificate, when its chain is right and ends in one of the roots. Reason::handshakeFailed says
/// what is wrong with it.
Result<svr::Certificate> judgeMaker(const std::vector<Bytes>& chain, const std::vector<svr::TrustAnchor>& roots,
                                    svr::WallTime now);

} // namespace ocfsecd::obt
