#include "manufacturer_keys.h"

#include "cbor/value.h"
#include "certificate_request.h"
#include "store/directory.h"
#include "svr/trust.h"
#include "tpm/public_point.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace ocfsecd {

namespace {

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kMaxFile = 32768; // a chain of svr::kMaxChain certificates in PEM, and a key of 400 octets
constexpr std::size_t kMaxKeyPem = 8192;
// facts 2.4 numbers credentials from 1; a device numbers those it is given by what is free.
constexpr svr::CredId kCredential{1};

std::string installedName(unsigned device) {
    return fmt::format("device-{}", device);
}
std::string waitingName(unsigned device) {
    return fmt::format("device-{}.waiting", device);
}

Failure corrupt(std::string_view what) {
    return {Reason::stateCorrupt, fmt::format("the installed manufacturer key cannot be used: {}", what),
            "install the manufacturer's key and certificate again"};
}

void noStep(std::string_view) {}

Result<void> makeDirectory(const std::filesystem::path& path) {
    const auto failure = [&] {
        return Failure{Reason::inputOutput, fmt::format("cannot make {}: {}", path.string(), std::strerror(errno)),
                       "check the state directory, its owner and the file system"};
    };
    constexpr mode_t onlyOurs = 0700;
    if (::mkdir(path.c_str(), onlyOurs) != 0)
        return errno == EEXIST ? Result<void>{} : failure();
    const int parent = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool durable = parent >= 0 && ::fsync(parent) == 0;
    auto result = durable ? Result<void>{} : failure();
    if (parent >= 0)
        ::close(parent);
    return result;
}

/// Without the root: peers have it, or do not trust it (facts 4.4).
std::string presented(const std::vector<Bytes>& chain) {
    std::string out;
    for (const auto& der : chain) {
        const auto certificate = svr::readCertificate(der);
        if (&der != &chain.front() && certificate && certificate->selfIssued())
            break;
        out += svr::toPem(der);
    }
    return out;
}

struct Chain {
    std::string pem; ///< as it is presented
    svr::PublicKey key{};
};

Result<Chain> readChain(std::string_view pem, svr::WallTime now) {
    const auto chain = svr::readPem(pem);
    if (!chain)
        return chain.failure();
    const auto leaf = svr::checkOwnChain(*chain, svr::ChainUse::manufacturer, now);
    if (!leaf)
        return leaf.failure();
    if (!leaf->key)
        return Failure{Reason::malformed, "the certificate's key is not on secp256r1", "use a P-256 key"};
    return Chain{presented(*chain), *leaf->key};
}

ManufacturerKeys::Credentials credentialsOf(const std::string& chain) {
    svr::Credential credential;
    credential.id = kCredential;
    credential.type = svr::credtype::asymmetricSigningWithCertificate;
    credential.usage = svr::credusage::mfgcert;
    credential.publicData = svr::PublicData{svr::Encoding::pem, chain};
    return {std::move(credential)};
}

struct OutsideKey {
    SecretBytes scalar;
    tpm::PublicPoint point{};
};

bool widen(const gnutls_datum_t& number, MutableByteView to) {
    if (number.size > to.size())
        return false;
    std::ranges::fill(to, std::uint8_t{0});
    std::copy_n(number.data, number.size, to.end() - static_cast<std::ptrdiff_t>(number.size));
    return true;
}

Result<OutsideKey> readKey(const SecretBytes& pem) {
    const Failure bad{Reason::malformed, "this is not a P-256 private key in PEM without a password",
                      "give the key as openssl genpkey writes it: -algorithm EC -pkeyopt ec_paramgen_curve:P-256"};
    if (pem.size() > kMaxKeyPem)
        return bad;
    gnutls_privkey_t raw = nullptr;
    if (gnutls_privkey_init(&raw) < 0)
        throw std::bad_alloc{};
    const std::unique_ptr<std::remove_pointer_t<gnutls_privkey_t>, decltype(&gnutls_privkey_deinit)> key{
        raw, gnutls_privkey_deinit};
    const gnutls_datum_t text{const_cast<unsigned char*>(pem.view().data()), static_cast<unsigned>(pem.size())};
    if (gnutls_privkey_import_x509_raw(raw, &text, GNUTLS_X509_FMT_PEM, nullptr, 0) < 0)
        return bad;
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    gnutls_datum_t x{}, y{}, k{};
    if (gnutls_privkey_export_ecc_raw2(raw, &curve, &x, &y, &k, GNUTLS_EXPORT_FLAG_NO_LZ) < 0)
        return bad;
    OutsideKey out{SecretBytes{std::size_t{32}}, {}};
    const bool fits = curve == GNUTLS_ECC_CURVE_SECP256R1 && widen(k, out.scalar.edit()) &&
                      widen(x, MutableByteView{out.point}.first(32)) &&
                      widen(y, MutableByteView{out.point}.subspan(32));
    wipe(k.data, k.size);
    for (auto* datum : {&x, &y, &k})
        gnutls_free(datum->data);
    if (!fits)
        return bad;
    return out;
}

Failure otherKey(std::string_view what) {
    return {Reason::precondition, fmt::format("the certificate is not for {}", what),
            "send the newest certificate request to the maker's CA and install what comes back"};
}

} // namespace

Result<ManufacturerKeys::Credentials> ManufacturerKeys::load(unsigned device, tpm::Tpm& tpm) {
    keys_.erase(device);
    const auto record = read(installedName(device));
    if (!record)
        return record.failure();
    if (!*record)
        return Credentials{};
    // A blob of another TPM would show only in the middle of a handshake.
    if (auto proof = tpm.sign((*record)->key, SecretBytes{}, Bytes(32, 0)); !proof)
        return proof.failure();
    keys_[device] = (*record)->key;
    return credentialsOf((*record)->chain);
}

Result<ManufacturerKeys::Credentials> ManufacturerKeys::import(unsigned device, tpm::Tpm& tpm,
                                                               std::string_view chainPem, const SecretBytes& keyPem,
                                                               svr::WallTime now) {
    auto chain = readChain(chainPem, now);
    if (!chain)
        return chain.failure();
    const auto outside = readKey(keyPem);
    if (!outside)
        return outside.failure();
    if (chain->key != outside->point)
        return otherKey("this private key");
    auto key = tpm.importSigningKey(outside->scalar, outside->point);
    if (!key)
        return key.failure();
    return install(device, {*std::move(key), std::move(chain->pem)});
}

Result<std::string> ManufacturerKeys::create(unsigned device, tpm::Tpm& tpm, std::string_view commonName) {
    const auto requestFor = [&](const tpm::SigningKey& key) -> Result<std::string> {
        const auto point = tpm::publicPoint(key.publicArea);
        if (!point)
            return point.failure();
        return certificateRequest(commonName, *point,
                                  [&](ByteView digest) { return tpm.sign(key, SecretBytes{}, digest); });
    };
    const auto waiting = read(waitingName(device));
    if (!waiting)
        return waiting.failure();
    if (*waiting) {
        auto request = requestFor((*waiting)->key);
        // One of another TPM can never be used: the state was copied, or the TPM replaced or cleared.
        if (request || request.failure().reason != Reason::foreignState)
            return request;
    }
    auto key = tpm.createSigningKey(SecretBytes{});
    if (!key)
        return key.failure();
    if (auto written = write(waitingName(device), {*key, {}}); !written)
        return written.failure();
    return requestFor(*key);
}

Result<ManufacturerKeys::Credentials> ManufacturerKeys::setChain(unsigned device, tpm::Tpm& tpm,
                                                                 std::string_view chainPem, svr::WallTime now) {
    auto chain = readChain(chainPem, now);
    if (!chain)
        return chain.failure();
    for (const auto& name : {waitingName(device), installedName(device)}) {
        auto record = read(name);
        if (!record)
            return record.failure();
        const auto point = *record ? tpm::publicPoint((*record)->key.publicArea) : Failure{};
        if (!point || *point != chain->key)
            continue;
        if (auto proof = tpm.sign((*record)->key, SecretBytes{}, Bytes(32, 0)); !proof)
            return proof.failure();
        return install(device, {std::move((*record)->key), std::move(chain->pem)});
    }
    return otherKey("a manufacturer key of this device");
}

Result<Bytes> ManufacturerKeys::sign(unsigned device, tpm::Tpm& tpm, ByteView digest) {
    const auto key = keys_.find(device);
    if (key == keys_.end())
        return Failure{Reason::notFound, "the device has no manufacturer key", "install one with its certificate"};
    return tpm.sign(key->second, SecretBytes{}, digest);
}

Result<ManufacturerKeys::Credentials> ManufacturerKeys::install(unsigned device, Record record) {
    if (auto written = write(installedName(device), record); !written)
        return written.failure();
    keys_[device] = record.key;
    // A key that waited and is now in use waits no more; one that still waits for its certificate is kept.
    const auto waiting = read(waitingName(device));
    if (waiting && *waiting && (*waiting)->key == record.key)
        if (auto removed = remove(waitingName(device)); !removed)
            return removed.failure();
    return credentialsOf(record.chain);
}

// Files: {"format": 1, "public": h'…', "private": h'…', "chain": "…"}. Nothing in them is secret: the blob is of use to
// this TPM only.

Result<std::optional<ManufacturerKeys::Record>> ManufacturerKeys::read(const std::string& name) const {
    std::error_code none;
    if (!std::filesystem::exists(path_, none))
        return std::optional<Record>{};
    const store::Directory directory{path_, noStep};
    if (auto ready = directory.ready(); !ready)
        return ready.failure();
    const auto octets = directory.read(name, kMaxFile);
    if (!octets)
        return octets.failure();
    if (!*octets)
        return std::optional<Record>{};
    const auto value = cbor::decode(**octets);
    if (!value)
        return corrupt(value.failure().what);
    const auto* format = value->find("format");
    const auto* publicArea = value->find("public");
    const auto* privateArea = value->find("private");
    const auto* chain = value->find("chain");
    if (format == nullptr || format->integer() != kFormat || publicArea == nullptr || !publicArea->bytes() ||
        privateArea == nullptr || !privateArea->bytes() || chain == nullptr || !chain->text())
        return corrupt("its file is of another version, or damaged");
    return std::optional{
        Record{{copyOf(*publicArea->bytes()), copyOf(*privateArea->bytes())}, std::string{*chain->text()}}};
}

Result<void> ManufacturerKeys::write(const std::string& name, const Record& record) const {
    if (auto made = makeDirectory(path_); !made)
        return made;
    const store::Directory directory{path_, noStep};
    if (auto ready = directory.ready(); !ready)
        return ready;
    cbor::Map map;
    map.emplace_back("format", kFormat);
    map.emplace_back("public", record.key.publicArea);
    map.emplace_back("private", record.key.privateArea);
    map.emplace_back("chain", record.chain);
    return directory.replace(name, cbor::encode(cbor::Value{std::move(map)}));
}

Result<void> ManufacturerKeys::remove(const std::string& name) const {
    const store::Directory directory{path_, noStep};
    if (auto ready = directory.ready(); !ready)
        return ready;
    return directory.remove(name);
}

} // namespace ocfsecd
