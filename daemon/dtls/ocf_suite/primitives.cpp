#include "dtls/ocf_suite/primitives.h"

#include <nettle/memops.h>
#include <nettle/version.h>

namespace ocfsecd::dtls::ocf_suite {

Sha256::Sha256() {
    sha256_init(&state_);
}

void Sha256::update(ByteView data) {
    sha256_update(&state_, data.size(), data.data());
}

Digest Sha256::digest() const {
    auto copy = state_;
    Digest out;
#if NETTLE_VERSION_MAJOR >= 4
    sha256_digest(&copy, out.data());
#else
    sha256_digest(&copy, out.size(), out.data());
#endif
    return out;
}

Hmac::Hmac(ByteView key) {
    hmac_sha256_set_key(&state_, key.size(), key.data());
}

Hmac& Hmac::update(ByteView data) {
    hmac_sha256_update(&state_, data.size(), data.data());
    return *this;
}

Digest Hmac::digest() const {
    auto copy = *this;
    Digest out;
    finish(copy.state_, out.data());
    return out;
}

void finish(hmac_sha256_ctx& state, std::uint8_t* out) {
#if NETTLE_VERSION_MAJOR >= 4
    hmac_sha256_digest(&state, out);
#else
    hmac_sha256_digest(&state, kDigest, out);
#endif
}

bool equalSecret(ByteView a, ByteView b) {
    return a.size() == b.size() && memeql_sec(a.data(), b.data(), a.size()) != 0;
}

} // namespace ocfsecd::dtls::ocf_suite
