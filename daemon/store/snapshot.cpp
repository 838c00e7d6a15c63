#include "store/snapshot.h"

#include "cbor/value.h"

#include <array>
#include <fmt/format.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

namespace ocfsecd::store {

namespace {

constexpr std::string_view kMagic = "ocfsecd snapshot";
constexpr std::int64_t kVersion = 1;
constexpr cbor::Limits kLimits{.octets = kMaxSnapshot, .depth = 4, .items = 64};

Failure corrupt(std::string_view file, std::string_view why) {
    return {Reason::stateCorrupt, fmt::format("{} is damaged: {}", file, why),
            "restore it from a backup of after the last state change, or reset the device locally (the file is kept "
            "aside)"};
}

Failure cryptoFailed(std::string_view act, int code) {
    return {Reason::internal, fmt::format("{} failed: {}", act, gnutls_strerror(code)), ""};
}

cbor::Value number(std::uint64_t v) {
    return static_cast<std::int64_t>(v); // NV counters do not get past 2^63
}

cbor::Value sealed(const tpm::SealedObject& object) {
    return cbor::Array{object.publicArea, object.privateArea};
}

Bytes encodeHeader(const Header& header) {
    cbor::Map map{{"version", kVersion},
                  {"device", std::int64_t{header.device}},
                  {"mark", header.mark == Mark::owned ? "owned" : "resetting"},
                  {"epoch", number(header.epoch)},
                  {"counter", number(header.counter)},
                  {"generation", number(header.generation)},
                  {"parent", header.parentName},
                  {"state-key", sealed(header.stateKey)}};
    if (header.earlyKey)
        map.emplace_back("early-key", sealed(*header.earlyKey));
    return cbor::encode(std::move(map));
}

/// Takes the members out of the header's map; one that is missing or of the wrong type makes ok() false.
class Members {
public:
    explicit Members(const cbor::Value& map) : map_{map} {}

    std::uint64_t number(std::string_view key) {
        const auto* value = map_.find(key);
        const auto got = value != nullptr ? value->integer() : std::nullopt;
        ok_ = ok_ && got && *got >= 0;
        return ok_ ? static_cast<std::uint64_t>(*got) : 0;
    }
    std::string_view text(std::string_view key) {
        const auto* value = map_.find(key);
        const auto got = value != nullptr ? value->text() : std::nullopt;
        ok_ = ok_ && got;
        return got.value_or("");
    }
    Bytes octets(std::string_view key) {
        const auto* value = map_.find(key);
        return octetsOf(value);
    }
    tpm::SealedObject sealed(std::string_view key) {
        const auto* value = map_.find(key);
        const auto* pair = value != nullptr ? value->array() : nullptr;
        ok_ = ok_ && pair != nullptr && pair->size() == 2;
        return ok_ ? tpm::SealedObject{octetsOf(&(*pair)[0]), octetsOf(&(*pair)[1])} : tpm::SealedObject{};
    }
    bool has(std::string_view key) const { return map_.find(key) != nullptr; }
    void require(bool condition) { ok_ = ok_ && condition; }
    bool ok() const { return ok_; }

private:
    Bytes octetsOf(const cbor::Value* value) {
        const auto got = value != nullptr ? value->bytes() : std::nullopt;
        ok_ = ok_ && got;
        return got ? copyOf(*got) : Bytes{};
    }

    const cbor::Value& map_;
    bool ok_ = true;
};

std::optional<Header> decodeHeader(ByteView octets) {
    const auto map = cbor::decode(octets, kLimits);
    if (!map)
        return std::nullopt;
    Members members{*map};
    Header out;
    members.require(members.number("version") == static_cast<std::uint64_t>(kVersion));
    const auto device = members.number("device");
    members.require(device <= UINT32_MAX);
    out.device = static_cast<unsigned>(device);
    const auto mark = members.text("mark");
    members.require(mark == "owned" || mark == "resetting");
    out.mark = mark == "owned" ? Mark::owned : Mark::resetting;
    out.epoch = members.number("epoch");
    out.counter = members.number("counter");
    out.generation = members.number("generation");
    out.parentName = members.octets("parent");
    out.stateKey = members.sealed("state-key");
    if (members.has("early-key"))
        out.earlyKey = members.sealed("early-key");
    return members.ok() ? std::optional{std::move(out)} : std::nullopt;
}

} // namespace

Result<Snapshot> decodeSnapshot(ByteView octets, std::string_view file) {
    if (octets.size() > kMaxSnapshot)
        return corrupt(file, fmt::format("a snapshot has at most {} octets", kMaxSnapshot));
    const auto whole = cbor::decode(octets, kLimits);
    if (!whole)
        return corrupt(file, whole.failure().what);
    const auto* parts = whole->array();
    if (parts == nullptr || parts->size() < 2 || (*parts)[0].text() != kMagic || !(*parts)[1].integer())
        return corrupt(file, "it does not begin as a snapshot");
    if (const auto version = *(*parts)[1].integer(); version > kVersion)
        return Failure{
            Reason::foreignState,
            fmt::format("{} was written by a newer ocfsecd (format {}, this one reads {})", file, version, kVersion),
            "install that version again, or reset the device locally (the file is kept aside)"};
    if (parts->size() != 5 || (*parts)[1].integer() != kVersion)
        return corrupt(file, "it does not begin as a snapshot");
    const auto headerOctets = (*parts)[2].bytes();
    const auto nonce = (*parts)[3].bytes();
    const auto encrypted = (*parts)[4].bytes();
    if (!headerOctets || !nonce || nonce->size() != kNonceSize || !encrypted || encrypted->size() < kTagSize)
        return corrupt(file, "a part is missing");
    auto header = decodeHeader(*headerOctets);
    if (!header)
        return corrupt(file, "its header is not complete");
    return Snapshot{*std::move(header), copyOf(*headerOctets), copyOf(*nonce), copyOf(*encrypted)};
}

Result<Bytes> encodeSnapshot(const Header& header, const SecretBytes& key, ByteView body) {
    if (body.size() > kMaxBody)
        return Failure{Reason::tooLarge, fmt::format("the state has {} octets, more than {}", body.size(), kMaxBody),
                       "delete credentials or access entries"};
    auto headerOctets = encodeHeader(header);
    auto encrypted = encrypt(key, headerOctets, body);
    if (!encrypted)
        return encrypted.failure();
    return cbor::encode(cbor::Array{kMagic, kVersion, std::move(headerOctets), std::move(encrypted->nonce),
                                    std::move(encrypted->octets)});
}

Result<Bytes> openBody(const Snapshot& snapshot, const SecretBytes& key, std::string_view file) {
    if (key.size() != kStateKeySize)
        return corrupt(file, "its key has the wrong size");
    auto body = decrypt(key, snapshot.headerOctets, snapshot.nonce, snapshot.encrypted);
    if (!body)
        return body.failure();
    if (!*body)
        return corrupt(file, "header and content do not belong together");
    return **std::move(body);
}

Result<SecretBytes> makeStateKey() {
    SecretBytes key{kStateKeySize};
    if (const int code = gnutls_rnd(GNUTLS_RND_KEY, key.edit().data(), key.size()); code != GNUTLS_E_SUCCESS)
        return cryptoFailed("drawing a state key", code);
    return key;
}

} // namespace ocfsecd::store
