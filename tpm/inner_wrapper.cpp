#include "tpm/inner_wrapper.h"

#include <algorithm>
#include <array>
#include <nettle/aes.h>
#include <nettle/cfb.h>
#include <nettle/sha2.h>
#include <tss2/tss2_tpm2_types.h>

namespace ocfsecd::tpm {

WrappedKey wrapEccScalar(const SecretBytes& scalar, ByteView name, Random& random) {
    // TPM2B_SENSITIVE: type, authValue, seedValue, the scalar.
    const auto sensitive = Writer{}
                               .u16(2 + 2 + 2 + 2 + scalar.size())
                               .u16(TPM2_ALG_ECC)
                               .u16(0)
                               .u16(0)
                               .u16(scalar.size())
                               .bytes(scalar.view())
                               .take();
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> integrity{};
    sha256_ctx hash;
    sha256_init(&hash);
    sha256_update(&hash, sensitive.size(), sensitive.data());
    sha256_update(&hash, name.size(), name.data());
    sha256_digest(&hash, integrity.size(), integrity.data());
    auto content = Writer{}.u16(integrity.size()).bytes(integrity).bytes(sensitive).take();

    WrappedKey out;
    out.key = SecretBytes{AES128_KEY_SIZE};
    random.fill(out.key.edit());
    aes128_ctx aes;
    aes128_set_encrypt_key(&aes, out.key.view().data());
    std::array<std::uint8_t, AES_BLOCK_SIZE> iv{}; // part 1: zero, the key is used once
    cfb_encrypt(&aes, reinterpret_cast<nettle_cipher_func*>(aes128_encrypt), iv.size(), iv.data(), content.size(),
                content.data(), content.data());
    wipe(&aes, sizeof aes);
    wipe(&hash, sizeof hash);
    out.duplicate = std::move(content);
    return out;
}

} // namespace ocfsecd::tpm
