#include "store/aead.h"

#include <fmt/format.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

namespace ocfsecd::store {

namespace {

Failure cryptoFailed(std::string_view act, int code) {
    return {Reason::internal, fmt::format("{} failed: {}", act, gnutls_strerror(code)), ""};
}

class Aead {
public:
    Aead() = default;
    ~Aead() {
        if (handle_ != nullptr)
            gnutls_aead_cipher_deinit(handle_);
    }
    Aead(const Aead&) = delete;
    Aead& operator=(const Aead&) = delete;

    int start(const SecretBytes& key) {
        gnutls_datum_t datum{const_cast<std::uint8_t*>(key.view().data()), static_cast<unsigned>(key.size())};
        return gnutls_aead_cipher_init(&handle_, GNUTLS_CIPHER_AES_256_GCM, &datum);
    }
    gnutls_aead_cipher_hd_t get() const { return handle_; }

private:
    gnutls_aead_cipher_hd_t handle_ = nullptr;
};

} // namespace

Result<Encrypted> encrypt(const SecretBytes& key, ByteView associated, ByteView body) {
    Encrypted out{Bytes(kNonceSize), Bytes(body.size() + kTagSize)};
    if (const int code = gnutls_rnd(GNUTLS_RND_RANDOM, out.nonce.data(), out.nonce.size()); code != GNUTLS_E_SUCCESS)
        return cryptoFailed("drawing a nonce", code);
    Aead aead;
    if (const int code = aead.start(key); code != GNUTLS_E_SUCCESS)
        return cryptoFailed("starting AES-256-GCM", code);
    std::size_t size = out.octets.size();
    if (const int code =
            gnutls_aead_cipher_encrypt(aead.get(), out.nonce.data(), out.nonce.size(), associated.data(),
                                       associated.size(), kTagSize, body.data(), body.size(), out.octets.data(), &size);
        code != GNUTLS_E_SUCCESS)
        return cryptoFailed("encrypting the state", code);
    out.octets.resize(size);
    return out;
}

Result<std::optional<Bytes>> decrypt(const SecretBytes& key, ByteView associated, ByteView nonce, ByteView octets) {
    if (key.size() != kStateKeySize || nonce.size() != kNonceSize || octets.size() < kTagSize)
        return std::optional<Bytes>{};
    Aead aead;
    if (const int code = aead.start(key); code != GNUTLS_E_SUCCESS)
        return cryptoFailed("starting AES-256-GCM", code);
    Bytes body(octets.size() - kTagSize);
    std::size_t size = body.size();
    // A buffer is asked for even when the body is empty.
    std::uint8_t none = 0;
    auto* out = body.empty() ? &none : body.data();
    if (gnutls_aead_cipher_decrypt(aead.get(), nonce.data(), nonce.size(), associated.data(), associated.size(),
                                   kTagSize, octets.data(), octets.size(), out, &size) != GNUTLS_E_SUCCESS)
        return std::optional<Bytes>{};
    return std::optional{std::move(body)};
}

} // namespace ocfsecd::store
