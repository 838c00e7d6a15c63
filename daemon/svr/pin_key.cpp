#include "svr/pin_key.h"

#include <gnutls/crypto.h>
#include <stdexcept>

namespace ocfsecd::svr {

namespace {
gnutls_datum_t datum(ByteView bytes) {
    // GnuTLS only reads what it is given here; its structure has no const.
    return {const_cast<unsigned char*>(bytes.data()), static_cast<unsigned>(bytes.size())};
}
} // namespace

SecretBytes derivePinKey(std::string_view pin, const Uuid& device) {
    const auto password = datum(viewOf(pin));
    const auto salt = datum(device.raw());
    SecretBytes key{kPinKeySize};
    if (gnutls_pbkdf2(GNUTLS_MAC_SHA256, &password, &salt, kPinIterations, key.edit().data(), key.size()) < 0)
        throw std::runtime_error{"PBKDF2 with HMAC-SHA-256 is not available"};
    return key;
}

Bytes pinHint(const Uuid& device) {
    return Writer{}.bytes(viewOf(kPinHintPrefix)).bytes(device.raw()).take();
}

} // namespace ocfsecd::svr
