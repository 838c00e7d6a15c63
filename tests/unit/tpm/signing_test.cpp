#include "raw.h"
#include "support/swtpm.h"
#include "support/tcti_tap.h"
#include "tpm/inner_wrapper.h"
#include "tpm/public_point.h"
#include "tpm/tpm.h"

#include <algorithm>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gtest/gtest.h>

namespace ocfsecd::test {
namespace {

using tpm::PublicPoint;
using tpm::SigningKey;
using tpm::Tpm;

std::unique_ptr<Tpm> opened(const Swtpm& swtpm) {
    auto tpm = Tpm::open({.tcti = swtpm.tcti()});
    if (!tpm)
        throw std::runtime_error{tpm.failure().what};
    return *std::move(tpm);
}

SecretBytes authOf(std::uint8_t first, std::size_t size = 32) {
    SecretBytes out{size};
    for (std::size_t i = 0; i < size; ++i)
        out.edit()[i] = static_cast<std::uint8_t>(first + i * 11);
    return out;
}

Bytes sha256(std::string_view text) {
    Bytes out(32);
    EXPECT_EQ(gnutls_hash_fast(GNUTLS_DIG_SHA256, text.data(), text.size(), out.data()), 0);
    return out;
}

/// GnuTLS's word on a signature over the text.
bool verifies(const PublicPoint& point, std::string_view text, const Bytes& signature) {
    gnutls_pubkey_t key = nullptr;
    gnutls_pubkey_init(&key);
    const auto datum = [](ByteView octets) {
        return gnutls_datum_t{const_cast<unsigned char*>(octets.data()), static_cast<unsigned>(octets.size())};
    };
    const auto x = datum(ByteView{point}.first(32));
    const auto y = datum(ByteView{point}.subspan(32));
    EXPECT_EQ(gnutls_pubkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_SECP256R1, &x, &y), 0);
    const auto data = datum(viewOf(text));
    const auto sig = datum(signature);
    const int result = gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0, &data, &sig);
    gnutls_pubkey_deinit(key);
    return result >= 0;
}

/// A P-256 key of GnuTLS's making.
struct OutsideKey {
    SecretBytes scalar;
    PublicPoint point{};
    OutsideKey() {
        gnutls_privkey_t key = nullptr;
        gnutls_privkey_init(&key);
        EXPECT_EQ(gnutls_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                  0);
        gnutls_datum_t x{}, y{}, k{};
        EXPECT_EQ(gnutls_privkey_export_ecc_raw2(key, nullptr, &x, &y, &k, GNUTLS_EXPORT_FLAG_NO_LZ), 0);
        std::copy_n(x.data, x.size, point.begin() + 32 - x.size);
        std::copy_n(y.data, y.size, point.begin() + 64 - y.size);
        scalar = SecretBytes{std::size_t{32}};
        std::copy_n(k.data, k.size, scalar.edit().begin() + 32 - k.size);
        for (auto* datum : {&x, &y, &k})
            gnutls_free(datum->data);
        gnutls_privkey_deinit(key);
    }
};

void expectNoFour(const TctiTap& tap, ByteView secret) {
    for (std::size_t at = 0; at + 4 <= secret.size(); at += 4)
        EXPECT_FALSE(tap.saw(secret.subspan(at, 4))) << "octets " << at;
}

TEST(Signing, ItsSignaturesVerify) {
    const Swtpm swtpm;
    const auto tpm = opened(swtpm);
    const auto auth = authOf(0x31);
    const auto key = tpm->createSigningKey(auth);
    ASSERT_TRUE(key) << key.failure().what;
    const auto point = tpm::publicPoint(key->publicArea);
    ASSERT_TRUE(point);
    for (int i = 0; i < 40; ++i) { // some have leading zeros and set sign bits
        const auto text = "text " + std::to_string(i);
        const auto signature = tpm->sign(*key, auth, sha256(text));
        ASSERT_TRUE(signature) << signature.failure().what;
        EXPECT_TRUE(verifies(*point, text, *signature)) << toHex(*signature);
        EXPECT_FALSE(verifies(*point, "another", *signature));
    }
}

TEST(Signing, KeysSurviveTheProcessAndARestartOfTheTpm) {
    Swtpm swtpm;
    const auto auth = authOf(0x31);
    auto tpm = opened(swtpm);
    const auto key = tpm->createSigningKey(auth);
    ASSERT_TRUE(key);
    tpm.reset();
    swtpm.kill();
    swtpm.start();
    const auto signature = opened(swtpm)->sign(*key, auth, sha256("later"));
    ASSERT_TRUE(signature) << signature.failure().what;
    EXPECT_TRUE(verifies(*tpm::publicPoint(key->publicArea), "later", *signature));
}

// Brief values, none, and what ends in zeros (the TPM cuts those off).
TEST(Signing, AnyAuthorisationValueServes) {
    const Swtpm swtpm;
    const auto tpm = opened(swtpm);
    auto zeros = authOf(0x31);
    zeros.edit()[31] = zeros.edit()[30] = 0;
    const auto brief = authOf(0x77, 5);
    const SecretBytes none;
    for (const auto* auth : std::initializer_list<const SecretBytes*>{&zeros, &brief, &none}) {
        const auto key = tpm->createSigningKey(*auth);
        ASSERT_TRUE(key) << key.failure().what;
        EXPECT_TRUE(tpm->sign(*key, *auth, sha256("x")));
    }
    EXPECT_EQ(tpm->createSigningKey(authOf(1, 33)).failure().reason, Reason::tooLarge);
}

TEST(Signing, AWrongValueIsRefusedAndNeverLocksTheKey) {
    const Swtpm swtpm;
    auto tpm = opened(swtpm);
    const auto auth = authOf(0x31);
    const auto key = tpm->createSigningKey(auth);
    ASSERT_TRUE(key);
    const SecretBytes none;
    for (int i = 0; i < 40; ++i) {
        EXPECT_EQ(tpm->sign(*key, authOf(static_cast<std::uint8_t>(i)), sha256("x")).failure().reason,
                  Reason::notAuthorised);
        EXPECT_EQ(tpm->sign(*key, none, sha256("x")).failure().reason, Reason::notAuthorised);
    }
    EXPECT_TRUE(tpm->usable());
    EXPECT_TRUE(tpm->sign(*key, auth, sha256("x")));
    tpm.reset();
    const RawTpm raw{swtpm.tcti()};
    TPMI_YES_NO more = 0;
    TPMS_CAPABILITY_DATA* got = nullptr;
    ASSERT_EQ(Esys_GetCapability(raw.esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_TPM_PROPERTIES,
                                 TPM2_PT_LOCKOUT_COUNTER, 1, &more, &got),
              TSS2_RC_SUCCESS);
    EXPECT_EQ(got->data.tpmProperties.tpmProperty[0].property, TPM2_PT_LOCKOUT_COUNTER);
    EXPECT_EQ(got->data.tpmProperties.tpmProperty[0].value, 0U);
    Esys_Free(got);
}

TEST(Signing, TheKeyHasTheStatedAttributes) {
    const Swtpm swtpm;
    const auto tpm = opened(swtpm);
    const OutsideKey outside;
    const auto made = tpm->createSigningKey(authOf(1));
    const auto taken = tpm->importSigningKey(outside.scalar, outside.point);
    ASSERT_TRUE(made && taken);
    for (const auto& [key, attributes] : {std::pair{*made, 0x40472U}, std::pair{*taken, 0x40440U}}) {
        // fixedTPM 1, fixedParent 4, sensitiveDataOrigin 5, userWithAuth 6, noDA 10, sign 18 (part 2, 8.3)
        Reader reader{key.publicArea};
        reader.take(2);
        EXPECT_EQ(reader.u16(), TPM2_ALG_ECC);
        EXPECT_EQ(reader.u16(), TPM2_ALG_SHA256);
        EXPECT_EQ(reader.u32(), attributes);
        EXPECT_EQ(reader.u16(), 0); // no policy, so no duplication
        EXPECT_EQ(reader.u16(), TPM2_ALG_NULL);
        EXPECT_EQ(reader.u16(), TPM2_ALG_ECDSA);
        EXPECT_EQ(reader.u16(), TPM2_ALG_SHA256);
        EXPECT_EQ(reader.u16(), TPM2_ECC_NIST_P256);
    }
}

TEST(Signing, AnImportedKeySignsAsTheOneOutside) {
    const Swtpm swtpm;
    const auto tpm = opened(swtpm);
    for (int i = 0; i < 4; ++i) {
        const OutsideKey outside;
        const auto key = tpm->importSigningKey(outside.scalar, outside.point);
        ASSERT_TRUE(key) << key.failure().what;
        EXPECT_EQ(*tpm::publicPoint(key->publicArea), outside.point);
        const auto signature = tpm->sign(*key, SecretBytes{}, sha256("text"));
        ASSERT_TRUE(signature) << signature.failure().what;
        EXPECT_TRUE(verifies(outside.point, "text", *signature));
    }
}

TEST(Signing, AScalarThatDoesNotFitItsPointIsRefused) {
    const Swtpm swtpm;
    const auto tpm = opened(swtpm);
    const OutsideKey one;
    const OutsideKey other;
    EXPECT_EQ(tpm->importSigningKey(one.scalar, other.point).failure().reason, Reason::malformed);
    EXPECT_EQ(tpm->importSigningKey(one.scalar, PublicPoint{1, 2}).failure().reason, Reason::malformed);
    EXPECT_EQ(tpm->importSigningKey(authOf(1, 31), one.point).failure().reason, Reason::malformed);
    SecretBytes large{std::size_t{32}};
    std::ranges::fill(large.edit(), std::uint8_t{0xff});
    EXPECT_EQ(tpm->importSigningKey(large, one.point).failure().reason, Reason::malformed);
    EXPECT_EQ(tpm->importSigningKey(SecretBytes{std::size_t{32}}, one.point).failure().reason, Reason::malformed);
    EXPECT_TRUE(tpm->usable());
    EXPECT_TRUE(tpm->importSigningKey(one.scalar, one.point));
}

TEST(Signing, ARecorderOnTheBusSeesNeitherValueNorScalar) {
    const Swtpm swtpm;
    TctiTap tap{swtpm.tcti()};
    auto tpm = Tpm::openOn(tap.context(), {});
    ASSERT_TRUE(tpm);
    const auto auth = authOf(0x31);
    const OutsideKey outside;
    const auto made = (*tpm)->createSigningKey(auth);
    ASSERT_TRUE(made);
    ASSERT_TRUE((*tpm)->sign(*made, auth, sha256("x")));
    const auto taken = (*tpm)->importSigningKey(outside.scalar, outside.point);
    ASSERT_TRUE(taken);
    ASSERT_TRUE((*tpm)->sign(*taken, SecretBytes{}, sha256("x")));
    EXPECT_EQ(tap.countOf(TPM2_CC_Create), 1U);
    EXPECT_EQ(tap.countOf(TPM2_CC_Import), 1U);
    EXPECT_EQ(tap.countOf(TPM2_CC_Sign), 2U);
    EXPECT_TRUE(tap.saw(ByteView{outside.point}.first(32))); // the control: what is public does travel in clear
    expectNoFour(tap, auth.view());
    expectNoFour(tap, outside.scalar.view());
}

TEST(Signing, TheKeyUsedLastStaysLoaded) {
    const Swtpm swtpm;
    TctiTap tap{swtpm.tcti()};
    auto opened = Tpm::openOn(tap.context(), {});
    ASSERT_TRUE(opened);
    auto& tpm = **opened;
    const auto auth = authOf(0x31);
    const auto one = tpm.createSigningKey(auth);
    const auto other = tpm.createSigningKey(auth);
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(tpm.sign(*one, auth, sha256("x")));
    EXPECT_EQ(tap.countOf(TPM2_CC_Load), 1U);
    ASSERT_TRUE(tpm.sign(*other, auth, sha256("x")));
    EXPECT_EQ(tap.countOf(TPM2_CC_Load), 2U);
    // After any failure what is loaded is not trusted.
    EXPECT_FALSE(tpm.sign(*other, authOf(2), sha256("x")));
    ASSERT_TRUE(tpm.sign(*other, auth, sha256("x")));
    EXPECT_EQ(tap.countOf(TPM2_CC_Load), 3U);
    // It leaves room for everything else a TPM of three slots has to do.
    ASSERT_TRUE(tpm.defineCounters(0));
    const auto sealed = tpm.seal(0, auth);
    ASSERT_TRUE(sealed) << sealed.failure().what;
    ASSERT_TRUE(tpm.sign(*one, auth, sha256("x")));
    ASSERT_TRUE(tpm.unseal(0, *sealed));
    ASSERT_TRUE(tpm.sign(*other, auth, sha256("x")));
    opened->reset();
    const RawTpm raw{tap.context()};
    EXPECT_EQ(raw.leftovers(), 0U);
}

TEST(Signing, AnotherTpmsKeyIsForeign) {
    const Swtpm here;
    const Swtpm there;
    const auto auth = authOf(0x31);
    const auto key = opened(there)->createSigningKey(auth);
    ASSERT_TRUE(key);
    const auto tpm = opened(here);
    EXPECT_EQ(tpm->sign(*key, auth, sha256("x")).failure().reason, Reason::foreignState);
    EXPECT_TRUE(tpm->usable());
}

TEST(Signing, WhatIsNoKeyOfOursIsForeign) {
    const Swtpm swtpm;
    const auto tpm = opened(swtpm);
    const auto auth = authOf(0x31);
    const auto key = tpm->createSigningKey(auth);
    ASSERT_TRUE(key && tpm->defineCounters(0));
    const auto sealed = tpm->seal(0, auth);
    ASSERT_TRUE(sealed);
    auto cut = *key;
    cut.privateArea.pop_back();
    auto changed = *key;
    changed.privateArea.back() ^= 1;
    auto otherPoint = *key;
    otherPoint.publicArea.back() ^= 1;
    const SigningKey secret{sealed->publicArea, sealed->privateArea};
    for (const auto& bad : {SigningKey{}, cut, changed, otherPoint, secret})
        EXPECT_EQ(tpm->sign(bad, auth, sha256("x")).failure().reason, Reason::foreignState);
    EXPECT_TRUE(tpm->usable());
    EXPECT_FALSE(tpm->sign(*key, auth, Bytes(20, 1))); // SHA-1's length
    EXPECT_TRUE(tpm->sign(*key, auth, sha256("x")));
}

TEST(InnerWrapper, UsesAKeyOnceOnly) {
    SystemRandom random;
    const auto scalar = authOf(9);
    const auto one = tpm::wrapEccScalar(scalar, Bytes(34, 1), random);
    const auto other = tpm::wrapEccScalar(scalar, Bytes(34, 1), random);
    EXPECT_FALSE(one.key.equals(other.key.view()));
    EXPECT_NE(one.duplicate, other.duplicate);
}

} // namespace
} // namespace ocfsecd::test
