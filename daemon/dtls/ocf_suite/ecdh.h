#pragma once
// Ephemeral ECDH on secp256r1 by nettle, GnuTLS's own back end: one code path on all versions (L5.3).

#include "base/random.h"
#include "base/secret_bytes.h"

#include <nettle/ecc.h>

namespace ocfsecd::dtls::ocf_suite {

inline constexpr std::size_t kPoint = 65; ///< 04, x, y: the only form there is (facts 7.1)
inline constexpr std::size_t kCoordinate = 32;

class EcdhKey {
public:
    explicit EcdhKey(Random& random);
    ~EcdhKey();
    EcdhKey(const EcdhKey&) = delete;
    EcdhKey& operator=(const EcdhKey&) = delete;

    Bytes publicPoint() const;
    /// The x-coordinate of the product. Nothing for a point that is not an uncompressed one on the curve; the curve has
    /// cofactor 1 and the form cannot say infinity, so every point on it is good.
    std::optional<SecretBytes> agree(ByteView peerPoint) const;

private:
    ecc_scalar scalar_;
};

} // namespace ocfsecd::dtls::ocf_suite
