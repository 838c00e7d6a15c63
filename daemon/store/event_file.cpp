#include "store/event_file.h"

#include "cbor/value.h"

#include <fmt/format.h>

namespace ocfsecd::store {

namespace {

constexpr std::string_view kMagic = "ocfsecd events";
constexpr std::int64_t kVersion = 1;
constexpr cbor::Limits kLimits{.octets = kMaxEvents + 1024, .depth = 2, .items = 8};

Bytes associatedWith(unsigned device, std::uint64_t epoch) {
    return cbor::encode(cbor::Array{kMagic, kVersion, std::int64_t{device}, static_cast<std::int64_t>(epoch)});
}

Failure corrupt(std::string_view file) {
    return {Reason::stateCorrupt, fmt::format("{} is damaged or belongs to another ownership", file),
            "look at the copy that is kept aside; the list of events begins anew"};
}

} // namespace

Result<Bytes> encodeEvents(unsigned device, std::uint64_t epoch, const SecretBytes& key, ByteView list) {
    if (list.size() > kMaxEvents)
        return Failure{Reason::tooLarge,
                       fmt::format("the events have {} octets, more than {}", list.size(), kMaxEvents),
                       "lower the space for auditable events"};
    auto encrypted = encrypt(key, associatedWith(device, epoch), list);
    if (!encrypted)
        return encrypted.failure();
    return cbor::encode(cbor::Array{kMagic, kVersion, std::move(encrypted->nonce), std::move(encrypted->octets)});
}

Result<Bytes> decodeEvents(ByteView octets, unsigned device, std::uint64_t epoch, const SecretBytes& key,
                           std::string_view file) {
    const auto whole = cbor::decode(octets, kLimits);
    const auto* parts = whole ? whole->array() : nullptr;
    if (parts == nullptr || parts->size() != 4 || (*parts)[0].text() != kMagic || (*parts)[1].integer() != kVersion)
        return corrupt(file);
    const auto nonce = (*parts)[2].bytes(), encrypted = (*parts)[3].bytes();
    if (!nonce || !encrypted)
        return corrupt(file);
    auto list = decrypt(key, associatedWith(device, epoch), *nonce, *encrypted);
    if (!list)
        return list.failure();
    if (!*list)
        return corrupt(file);
    return **std::move(list);
}

} // namespace ocfsecd::store
