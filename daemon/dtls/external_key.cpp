#include "dtls/external_key.h"

#include <algorithm>
#include <new>

namespace ocfsecd::dtls {

ExternalKey::ExternalKey(SignDigest sign) : sign_{std::move(sign)} {
    gnutls_privkey_t made = nullptr;
    if (gnutls_privkey_init(&made) < 0)
        throw std::bad_alloc{};
    key_.reset(made);
    if (gnutls_privkey_import_ext4(made, this, nullptr, &ExternalKey::sign, nullptr, nullptr, describe, 0) < 0)
        throw std::bad_alloc{};
}

int ExternalKey::sign(gnutls_privkey_t, gnutls_sign_algorithm_t algorithm, void* self, unsigned,
                      const gnutls_datum_t* digest, gnutls_datum_t* signature) {
    auto& me = *static_cast<ExternalKey*>(self);
    if (algorithm != GNUTLS_SIGN_ECDSA_SHA256 || !me.sign_)
        return GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM;
    auto made = me.sign_({digest->data, digest->size});
    if (!made) {
        me.failure_ = made.failure();
        return GNUTLS_E_PK_SIGN_FAILED;
    }
    me.failure_.reset();
    return giveToLibrary(*made, *signature) ? 0 : GNUTLS_E_MEMORY_ERROR;
}

int ExternalKey::describe(gnutls_privkey_t, unsigned flags, void*) {
    if ((flags & GNUTLS_PRIVKEY_INFO_PK_ALGO) != 0)
        return GNUTLS_PK_ECDSA;
    if ((flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS) != 0)
        return 256;
    // Whatever the peer would like best: the key signs SHA-256 only (facts 6.4, 6.6).
    if ((flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO) != 0)
        return GNUTLS_FLAGS_TO_SIGN_ALGO(flags) == GNUTLS_SIGN_ECDSA_SHA256 ? 1 : 0;
    return -1;
}

bool giveToLibrary(ByteView from, gnutls_datum_t& to) {
    to.data = static_cast<unsigned char*>(gnutls_malloc(std::max<std::size_t>(from.size(), 1)));
    if (to.data == nullptr)
        return false;
    to.size = static_cast<unsigned>(from.size());
    std::ranges::copy(from, to.data);
    return true;
}

} // namespace ocfsecd::dtls
