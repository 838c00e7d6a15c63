#include "tools/obt/signing_key.h"

#include "svr/x509.h"

#include <fmt/format.h>
#include <stdexcept>

namespace ocfsecd::obt {

namespace {

using KeyHandle = svr::x509::Owned<gnutls_x509_privkey_t, gnutls_x509_privkey_init, gnutls_x509_privkey_deinit>;
using SignerHandle = svr::x509::Owned<gnutls_privkey_t, gnutls_privkey_init, gnutls_privkey_deinit>;

/// Fails only without memory or randomness.
void require(int result) {
    if (result < 0)
        throw std::runtime_error{fmt::format("a key cannot be used: {}", gnutls_strerror(result))};
}

} // namespace

/// The second handle refers to the first.
struct SigningKey::Pair {
    KeyHandle key;
    SignerHandle signer;
};

std::optional<SigningKey> SigningKey::of(std::shared_ptr<const Pair> pair) {
    const svr::x509::PublicKeyHandle handle;
    if (gnutls_x509_privkey_verify_params(pair->key.get()) < 0 ||
        gnutls_privkey_import_x509(pair->signer.get(), pair->key.get(), 0) < 0 ||
        gnutls_pubkey_import_privkey(handle.get(), pair->signer.get(), 0, 0) < 0)
        return std::nullopt;
    const auto point = svr::x509::pointOf(handle.get());
    return point ? std::optional{SigningKey{std::move(pair), *point}} : std::nullopt;
}

SigningKey SigningKey::make() {
    auto pair = std::make_shared<const Pair>();
    require(gnutls_x509_privkey_generate(pair->key.get(), GNUTLS_PK_ECDSA,
                                         static_cast<unsigned>(GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)), 0));
    return of(std::move(pair)).value();
}

Result<SigningKey> SigningKey::decode(ByteView pem) {
    auto pair = std::make_shared<const Pair>();
    const auto raw = svr::x509::datumOf(pem);
    if (gnutls_x509_privkey_import_pkcs8(pair->key.get(), &raw, GNUTLS_X509_FMT_PEM, nullptr, GNUTLS_PKCS_PLAIN) >= 0)
        if (auto made = of(std::move(pair)))
            return *std::move(made);
    return Failure{Reason::stateCorrupt, "it holds no PKCS#8 key on secp256r1", ""};
}

SecretBytes SigningKey::encode() const {
    svr::x509::Datum out;
    require(gnutls_x509_privkey_export2_pkcs8(pair_->key.get(), GNUTLS_X509_FMT_PEM, nullptr, GNUTLS_PKCS_PLAIN,
                                              out.fill()));
    SecretBytes copy{out.view()};
    wipe(out.fill()->data, out.fill()->size);
    return copy;
}

gnutls_privkey_t SigningKey::handle() const {
    return pair_->signer.get();
}

dtls::SignDigest SigningKey::signer() const {
    return [pair = pair_](ByteView digest) -> Result<Bytes> {
        const auto hash = svr::x509::datumOf(digest);
        svr::x509::Datum signature;
        require(gnutls_privkey_sign_hash2(pair->signer.get(), GNUTLS_SIGN_ECDSA_SHA256, 0, &hash, signature.fill()));
        return copyOf(signature.view());
    };
}

} // namespace ocfsecd::obt
