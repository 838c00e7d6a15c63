#include "coap/oscore/context.h"

#include "cbor/value.h"

#include <algorithm>
#include <gnutls/crypto.h>
#include <stdexcept>

namespace ocfsecd::coap::oscore {

namespace {

constexpr int kAlgorithm = 10; // AES-CCM-16-64-128 in COSE's register
constexpr std::size_t kMaxPartialIvSize = 5;
constexpr std::size_t kHashSize = 32;

gnutls_datum_t datum(ByteView view) {
    return {const_cast<unsigned char*>(view.data()), static_cast<unsigned>(view.size())}; // the library only reads
}

void expect(int result) {
    if (result < 0)
        throw std::runtime_error{"GnuTLS has no HKDF with SHA-256"};
}

/// Section 3.2.1: HKDF over the info array that names what is derived.
SecretBytes derived(ByteView pseudoRandomKey, const Parameters& parameters, ByteView id, const char* type,
                    std::size_t size) {
    const auto info =
        cbor::encode(cbor::Array{copyOf(id), parameters.idContext ? cbor::Value{*parameters.idContext} : cbor::Value{},
                                 kAlgorithm, type, static_cast<int>(size)});
    SecretBytes out{size};
    const auto key = datum(pseudoRandomKey);
    const auto label = datum(info);
    expect(gnutls_hkdf_expand(GNUTLS_MAC_SHA256, &key, &label, out.edit().data(), size));
    return out;
}

} // namespace

Result<Context> derive(const Parameters& parameters) {
    if (!parameters.masterSecret || parameters.masterSecret->empty())
        return Failure{Reason::malformed, "an OSCORE context has no master secret", "provision one of 16 octets"};
    if (parameters.senderId.size() > kMaxIdSize || parameters.recipientId.size() > kMaxIdSize)
        return Failure{Reason::malformed, "an OSCORE identifier has more than 7 octets", "send at most 14 hex digits"};
    // Both ends would encrypt with the same key and nonce.
    if (equal(parameters.senderId, parameters.recipientId))
        return Failure{Reason::malformed, "sender and recipient of an OSCORE context are the same",
                       "give each end an identifier of its own"};
    SecretBytes pseudoRandomKey{kHashSize};
    const auto secret = datum(parameters.masterSecret->view());
    const auto salt = datum(parameters.masterSalt);
    expect(gnutls_hkdf_extract(GNUTLS_MAC_SHA256, &secret, &salt, pseudoRandomKey.edit().data()));
    Context out{parameters.senderId, parameters.recipientId, parameters.idContext, {}, {}, {}};
    out.senderKey = derived(pseudoRandomKey.view(), parameters, parameters.senderId, "Key", kKeySize);
    out.recipientKey = derived(pseudoRandomKey.view(), parameters, parameters.recipientId, "Key", kKeySize);
    out.commonIv = derived(pseudoRandomKey.view(), parameters, {}, "IV", kNonceSize);
    return out;
}

Nonce nonceOf(const Context& context, ByteView idOfSender, ByteView partialIv) {
    Nonce out{};
    out.front() = static_cast<std::uint8_t>(idOfSender.size());
    std::ranges::copy(idOfSender, out.end() - static_cast<std::ptrdiff_t>(kMaxPartialIvSize + idOfSender.size()));
    std::ranges::copy(partialIv, out.end() - static_cast<std::ptrdiff_t>(partialIv.size()));
    const auto iv = context.commonIv.view();
    std::ranges::transform(out, iv, out.begin(), [](auto a, auto b) { return static_cast<std::uint8_t>(a ^ b); });
    return out;
}

Bytes partialIvOf(std::uint64_t sequence) {
    Bytes out;
    for (std::size_t octet = kMaxPartialIvSize; octet-- > 0;) {
        const auto value = static_cast<std::uint8_t>(sequence >> (8 * octet));
        if (value != 0 || !out.empty() || octet == 0)
            out.push_back(value);
    }
    return out;
}

std::optional<std::uint64_t> sequenceOf(ByteView partialIv) {
    if (partialIv.empty() || partialIv.size() > kMaxPartialIvSize)
        return std::nullopt;
    std::uint64_t out = 0;
    for (const auto octet : partialIv)
        out = out << 8 | octet;
    return out;
}

} // namespace ocfsecd::coap::oscore
