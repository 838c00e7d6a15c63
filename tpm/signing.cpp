#include "tpm/signing.h"

#include "tpm/inner_wrapper.h"
#include "tpm/marshal.h"
#include "tpm/object.h"
#include "tpm/response.h"

#include <algorithm>
#include <fmt/format.h>
#include <nettle/sha2.h>

namespace ocfsecd::tpm {

namespace {

constexpr std::size_t kScalar = 32;
constexpr std::size_t kDigest = 32;
constexpr std::size_t kMaxAuth = 32; // the name algorithm's digest (part 1, 19.6.4.3)

// noDA: a wrong guess somewhere else must not lock our keys (L6.9).
constexpr TPMA_OBJECT kAttributes = TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_NODA;
constexpr TPMA_OBJECT kCreated =
    kAttributes | TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN;
// An imported object is never fixedTPM. It cannot leave either: duplication needs a policy, and it has none.
constexpr TPMA_OBJECT kImported = kAttributes;

TPM2B_PUBLIC publicOf(TPMA_OBJECT attributes) {
    TPM2B_PUBLIC out{};
    auto& area = out.publicArea;
    area.type = TPM2_ALG_ECC;
    area.nameAlg = TPM2_ALG_SHA256;
    area.objectAttributes = attributes;
    auto& ecc = area.parameters.eccDetail;
    ecc.symmetric.algorithm = TPM2_ALG_NULL;
    ecc.scheme.scheme = TPM2_ALG_ECDSA; // this and nothing else, whoever asks
    ecc.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
    ecc.curveID = TPM2_ECC_NIST_P256;
    ecc.kdf.scheme = TPM2_ALG_NULL;
    return out;
}

bool isOurs(const TPMT_PUBLIC& area) {
    const auto& ecc = area.parameters.eccDetail;
    return area.type == TPM2_ALG_ECC && (area.objectAttributes == kCreated || area.objectAttributes == kImported) &&
           ecc.curveID == TPM2_ECC_NIST_P256 && ecc.scheme.scheme == TPM2_ALG_ECDSA &&
           ecc.scheme.details.ecdsa.hashAlg == TPM2_ALG_SHA256;
}

Failure notOurs(std::string_view why) {
    return {Reason::foreignState, fmt::format("the signing key is not one of this TPM and parent: {}", why),
            "restore the state that belongs to this TPM, or make the key and its certificate anew"};
}

/// The TPM names no parameter when public and private part do not belong together or are no key at all.
bool refusesKey(TSS2_RC rc) {
    const auto code = bare(rc);
    return refusesParameter(rc) || code == TPM2_RC_BINDING || code == TPM2_RC_ECC_POINT || code == TPM2_RC_KEY_SIZE;
}

constexpr ObjectKind kSigningKey{"loading a signing key", isOurs, refusesKey, notOurs};

template <class Sized>
void put(Sized& to, ByteView octets) {
    to.size = static_cast<UINT16>(octets.size());
    std::ranges::copy(octets, to.buffer);
}

/// The authorisation value of a handle while a command uses it: ESYS keeps it in ordinary memory.
class Authorised {
public:
    Authorised(ESYS_CONTEXT* esys, ESYS_TR handle, const SecretBytes& auth) : esys_{esys}, handle_{handle} {
        TPM2B_AUTH value{};
        put(value, auth.view());
        Esys_TR_SetAuth(esys_, handle_, &value);
        wipe(&value, sizeof value);
    }
    ~Authorised() {
        const TPM2B_AUTH nothing{}; // overwrites the whole of it
        Esys_TR_SetAuth(esys_, handle_, &nothing);
    }
    Authorised(const Authorised&) = delete;
    Authorised& operator=(const Authorised&) = delete;

private:
    ESYS_CONTEXT* esys_;
    ESYS_TR handle_;
};

/// DER INTEGER of an unsigned number.
Bytes integer(ByteView number) {
    while (number.size() > 1 && number.front() == 0)
        number = number.subspan(1);
    const bool padded = number.empty() || (number.front() & 0x80) != 0;
    Writer out;
    out.u8(0x02).u8(number.size() + (padded ? 1 : 0));
    if (padded)
        out.u8(0);
    return out.bytes(number).take();
}

/// TPM name of an object (part 1, 16): the algorithm, then the hash of the public area.
Bytes nameOf(const TPM2B_PUBLIC& area) {
    const auto octets = marshalled(area.publicArea, Tss2_MU_TPMT_PUBLIC_Marshal);
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    sha256_ctx hash;
    sha256_init(&hash);
    sha256_update(&hash, octets.size(), octets.data());
    sha256_digest(&hash, digest.size(), digest.data());
    return Writer{}.u16(TPM2_ALG_SHA256).bytes(digest).take();
}

} // namespace

Result<SigningKey> Signing::create(const SecretBytes& auth) {
    if (auth.size() > kMaxAuth)
        return Failure{Reason::tooLarge, fmt::format("an authorisation value has at most {} octets", kMaxAuth), ""};
    unload(); // making a key needs a slot of its own
    Sensitive sensitive;
    put(sensitive.area.sensitive.userAuth, auth.view());
    auto made = createObject(connection_, parent_, sessions_, sensitive, publicOf(kCreated), "making a signing key");
    if (!made)
        return made.failure();
    return SigningKey{std::move(made->publicArea), std::move(made->privateArea)};
}

Result<SigningKey> Signing::import(const SecretBytes& scalar, const PublicPoint& point) {
    const Failure bad{Reason::malformed, "this is not a P-256 private key with its public point",
                      "import an EC key on the curve prime256v1"};
    if (scalar.size() != kScalar)
        return bad;
    unload();
    auto area = publicOf(kImported);
    put(area.publicArea.unique.ecc.x, ByteView{point}.first(kScalar));
    put(area.publicArea.unique.ecc.y, ByteView{point}.subspan(kScalar));
    SystemRandom random;
    const auto wrapped = wrapEccScalar(scalar, nameOf(area), random);

    // The key of the inner wrapper is the command's first parameter, which alone a session encrypts.
    const auto session = sessions_.hmac(TPMA_SESSION_DECRYPT);
    if (!session)
        return session.failure();
    TPM2B_DATA key{};
    put(key, wrapped.key.view());
    TPM2B_PRIVATE duplicate{};
    put(duplicate, wrapped.duplicate);
    const TPM2B_ENCRYPTED_SECRET noSeed{};
    constexpr TPMT_SYM_DEF_OBJECT cipher{
        .algorithm = TPM2_ALG_AES, .keyBits = {.aes = 128}, .mode = {.aes = TPM2_ALG_CFB}};
    TPM2B_PRIVATE* privateRaw = nullptr;
    const auto rc = Esys_Import(connection_.esys(), parent_.handle(), *session, ESYS_TR_NONE, ESYS_TR_NONE, &key, &area,
                                &duplicate, &noSeed, &cipher, &privateRaw);
    wipe(&key, sizeof key);
    if (refusesKey(rc)) {
        connection_.countFailure();
        return bad;
    }
    if (auto taken = connection_.check(rc, "importing a signing key"); !taken)
        return taken.failure();
    const EsysPtr<TPM2B_PRIVATE> privateArea{privateRaw};
    SigningKey out{marshalled(area, Tss2_MU_TPM2B_PUBLIC_Marshal),
                   marshalled(*privateArea, Tss2_MU_TPM2B_PRIVATE_Marshal)};
    if (const auto loaded = load(out); !loaded) // only now the TPM compares the scalar with the point
        return loaded.failure().reason == Reason::foreignState ? bad : loaded.failure();
    return out;
}

Result<Bytes> Signing::sign(const SigningKey& key, const SecretBytes& auth, ByteView digest) {
    if (digest.size() != kDigest || auth.size() > kMaxAuth)
        return Failure{Reason::internal, "a digest to sign has 32 octets, an authorisation value at most 32", ""};
    const auto handle = load(key);
    if (!handle)
        return handle.failure();
    // The value itself never travels, only what proves it. Where there is none, the work of a session protects nothing:
    // an interposer can ask for any signature himself.
    const auto session = auth.empty() ? Result<ESYS_TR>{ESYS_TR_PASSWORD} : sessions_.hmac(0);
    if (!session)
        return session.failure();
    TPM2B_DIGEST hash{};
    put(hash, digest);
    constexpr TPMT_SIG_SCHEME scheme{.scheme = TPM2_ALG_ECDSA, .details = {.ecdsa = {.hashAlg = TPM2_ALG_SHA256}}};
    constexpr TPMT_TK_HASHCHECK unchecked{.tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL, .digest = {}};
    TPMT_SIGNATURE* raw = nullptr;
    const auto rc = [&] {
        const Authorised authorised{connection_.esys(), *handle, auth};
        return Esys_Sign(connection_.esys(), *handle, *session, ESYS_TR_NONE, ESYS_TR_NONE, &hash, &scheme, &unchecked,
                         &raw);
    }();
    if (bare(rc) == TPM2_RC_BAD_AUTH || bare(rc) == TPM2_RC_AUTH_FAIL) {
        connection_.countFailure();
        return Failure{Reason::notAuthorised, "the TPM refuses the signing key's authorisation value",
                       "the key belongs to an ownership that has ended; have a new certificate made"};
    }
    if (auto done = connection_.check(rc, "signing"); !done)
        return done.failure();
    const EsysPtr<TPMT_SIGNATURE> signature{raw};
    const auto& ecdsa = signature->signature.ecdsa;
    const auto r = integer({ecdsa.signatureR.buffer, ecdsa.signatureR.size});
    const auto s = integer({ecdsa.signatureS.buffer, ecdsa.signatureS.size});
    return Writer{}.u8(0x30).u8(r.size() + s.size()).bytes(r).bytes(s).take(); // RFC 3279 2.2.3; 72 octets at most
}

Result<ESYS_TR> Signing::load(const SigningKey& key) {
    if (loaded_ && failuresSeen_ == connection_.failures() && loadedKey_ == key.privateArea)
        return loaded_.get();
    unload();
    auto loaded = loadObject(connection_, parent_, sessions_, kSigningKey, key.publicArea, key.privateArea);
    if (!loaded)
        return loaded.failure();
    loaded_ = *std::move(loaded);
    loadedKey_ = key.privateArea;
    failuresSeen_ = connection_.failures();
    return loaded_.get();
}

void Signing::unload() {
    Transient{} = std::move(loaded_);
    loadedKey_.clear();
}

} // namespace ocfsecd::tpm
