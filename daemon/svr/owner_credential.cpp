#include "svr/owner_credential.h"

#include <algorithm>
#include <array>
#include <gnutls/crypto.h>
#include <stdexcept>

namespace ocfsecd::svr {

namespace {

constexpr std::size_t kHash = 32; // SHA-256

void hmac(ByteView key, ByteView data, MutableByteView out) {
    if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, key.data(), key.size(), data.data(), data.size(), out.data()) < 0)
        throw std::runtime_error{"HMAC-SHA-256 is not available"};
}

} // namespace

SecretBytes pHashSha256(ByteView secret, ByteView seed, std::size_t length) {
    SecretBytes out{length};
    Bytes chained(kHash + seed.size()); // A(i) || seed
    std::ranges::copy(seed, chained.begin() + kHash);
    Bytes a(kHash);
    SecretBytes block{kHash};
    hmac(secret, seed, a);
    for (std::size_t at = 0; at < length; at += kHash) {
        std::ranges::copy(a, chained.begin());
        hmac(secret, chained, block.edit());
        std::ranges::copy(block.view().first(std::min(kHash, length - at)),
                          out.edit().begin() + static_cast<std::ptrdiff_t>(at));
        hmac(secret, ByteView{chained}.first(kHash), a);
    }
    return out;
}

SecretBytes tlsKeyBlock(ByteView masterSecret, ByteView serverRandom, ByteView clientRandom, std::size_t length) {
    const auto seed = Writer{}.bytes(viewOf("key expansion")).bytes(serverRandom).bytes(clientRandom).take();
    return pHashSha256(masterSecret, seed, length);
}

SharedSecret deriveOwnerKey(const SecretBytes& keyBlock, std::string_view method, const Uuid& owner, const Uuid& device,
                            std::size_t length) {
    const auto seed = Writer{}.bytes(viewOf(method)).bytes(owner.raw()).bytes(device.raw()).take();
    return std::make_shared<const SecretBytes>(pHashSha256(keyBlock.view(), seed, length));
}

} // namespace ocfsecd::svr
