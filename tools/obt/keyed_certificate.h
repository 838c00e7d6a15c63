#pragma once
// A certificate with its private key and what stands above it, as one private file: PEM, the key first, then the
// certificates, the leaf first. One file, so that a crash never leaves a key without its certificate.

#include "tools/obt/signing_key.h"

#include <filesystem>

namespace ocfsecd::obt {

struct KeyedCertificate {
    SigningKey key;
    std::vector<svr::Certificate> chain; ///< leaf first, the root last; one alone is its own root

    const svr::Certificate& leaf() const { return chain.front(); }
    const svr::Certificate& root() const { return chain.back(); }
};

SecretBytes encode(const KeyedCertificate& certificate);
/// Reason::stateMissing when there is no such file; stateCorrupt when it is damaged or its parts do not belong
/// together.
Result<KeyedCertificate> readKeyedCertificate(const std::filesystem::path& file);

} // namespace ocfsecd::obt
