#include "dtls/ocf_suite/protection.h"

#include <algorithm>
#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <new>
#include <type_traits>

namespace ocfsecd::dtls::ocf_suite {

namespace {

constexpr std::size_t kBlock = AES_BLOCK_SIZE;
constexpr std::size_t kMaxPadding = 256; // with its length octet
constexpr std::size_t kPseudoHeader = 13;
using Mask = std::uint32_t; // all ones or zero

// Branch-free comparisons; the operands are lengths, far below 2^31.
Mask lessThan(std::size_t a, std::size_t b) {
    return static_cast<Mask>(
        -static_cast<std::int32_t>((static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b)) >> 31));
}
Mask equals(std::size_t a, std::size_t b) {
    const auto differs = static_cast<std::uint32_t>(a ^ b);
    return ((differs | (0U - differs)) >> 31) - 1U;
}
std::uint8_t select(Mask mask, std::uint8_t yes, std::uint8_t no) {
    return static_cast<std::uint8_t>((yes & mask) | (no & ~mask));
}

// RFC 5246 section 6.2.3.1: sequence (with the epoch in DTLS), type, version, length of the content.
std::array<std::uint8_t, kPseudoHeader> pseudoHeader(const Sealing& what, std::size_t length) {
    std::array<std::uint8_t, kPseudoHeader> out;
    const auto sequence = static_cast<std::uint64_t>(what.epoch) << 48 | what.sequence;
    for (std::size_t i = 0; i < 8; ++i)
        out[i] = static_cast<std::uint8_t>(sequence >> (56 - 8 * i));
    out[8] = static_cast<std::uint8_t>(what.type);
    out[9] = kVersion >> 8;
    out[10] = kVersion & 0xff;
    out[11] = static_cast<std::uint8_t>(length >> 8);
    out[12] = static_cast<std::uint8_t>(length);
    return out;
}

// The MAC at the secret length `length` out of the public range [min, max]: computed at every length, kept by mask
// (L5.6). Work and memory accesses depend on public values only.
Digest macAt(hmac_sha256_ctx state, ByteView data, std::size_t min, std::size_t max, std::size_t length) {
    Digest out{};
    hmac_sha256_update(&state, min, data.data());
    for (auto at = min;; ++at) {
        auto copy = state;
        Digest mac;
        finish(copy, mac.data());
        const auto take = equals(at, length);
        for (std::size_t i = 0; i < kDigest; ++i)
            out[i] = select(take, mac[i], out[i]);
        if (at == max)
            return out;
        hmac_sha256_update(&state, 1, data.data() + at);
    }
}

// The 32 octets at the secret offset.
Digest pickAt(ByteView data, std::size_t min, std::size_t max, std::size_t offset) {
    Digest out{};
    for (auto at = min; at <= max; ++at) {
        const auto take = equals(at, offset);
        for (std::size_t i = 0; i < kDigest; ++i)
            out[i] = select(take, data[at + i], out[i]);
    }
    return out;
}

} // namespace

struct Protection::Keys {
    hmac_sha256_ctx readMac, writeMac;
    aes128_ctx read, write;
};

Protection::Protection(ByteView keyBlock, Role role) : memory_{sizeof(Keys)} {
    static_assert(std::is_trivially_copyable_v<Keys> && std::is_trivially_destructible_v<Keys>);
    auto* keys = new (memory_.edit().data()) Keys;
    const auto clientMac = keyBlock.first(kMacKey), serverMac = keyBlock.subspan(kMacKey, kMacKey);
    const auto clientKey = keyBlock.subspan(2 * kMacKey, kCipherKey), serverKey = keyBlock.last(kCipherKey);
    const bool server = role == Role::server;
    hmac_sha256_set_key(&keys->readMac, kMacKey, (server ? clientMac : serverMac).data());
    hmac_sha256_set_key(&keys->writeMac, kMacKey, (server ? serverMac : clientMac).data());
    aes128_set_decrypt_key(&keys->read, (server ? clientKey : serverKey).data());
    aes128_set_encrypt_key(&keys->write, (server ? serverKey : clientKey).data());
}

const Protection::Keys& Protection::keys() const {
    return *std::launder(reinterpret_cast<const Keys*>(memory_.view().data()));
}

Bytes Protection::seal(const Sealing& what, ByteView plaintext, Random& random) const {
    const auto authenticated = plaintext.size() + kDigest;
    const auto padding = kBlock - authenticated % kBlock; // the least there is, as every peer does
    Bytes out(kRecordHeader + kBlock + authenticated + padding);

    const auto pseudo = pseudoHeader(what, out.size() - kRecordHeader);
    out[0] = pseudo[8];
    out[1] = pseudo[9];
    out[2] = pseudo[10];
    std::copy_n(pseudo.begin(), 8, out.begin() + 3);
    out[11] = pseudo[11];
    out[12] = pseudo[12];

    const MutableByteView iv{out.data() + kRecordHeader, kBlock};
    random.fill(iv);
    const MutableByteView body{iv.data() + kBlock, authenticated + padding};
    std::ranges::copy(plaintext, body.begin());
    auto mac = keys().writeMac;
    const auto header = pseudoHeader(what, plaintext.size());
    hmac_sha256_update(&mac, header.size(), header.data());
    hmac_sha256_update(&mac, plaintext.size(), plaintext.data());
    finish(mac, body.data() + plaintext.size());
    wipe(&mac, sizeof mac);
    std::ranges::fill(body.subspan(authenticated), static_cast<std::uint8_t>(padding - 1));

    std::array<std::uint8_t, kBlock> chain;
    std::ranges::copy(iv, chain.begin());
    cbc_aes128_encrypt(&keys().write, chain.data(), body.size(), body.data(), body.data());
    return out;
}

std::optional<Bytes> Protection::open(const Record& record) const {
    const auto size = record.fragment.size();
    if (size > kMaxCiphertext || size % kBlock != 0 || size < kBlock + kDigest + kBlock)
        return std::nullopt;
    std::array<std::uint8_t, kBlock> chain;
    std::ranges::copy(record.fragment.first(kBlock), chain.begin());
    const auto sealed = record.fragment.subspan(kBlock);
    Bytes out(sealed.size());
    cbc_decrypt(&keys().read, reinterpret_cast<nettle_cipher_func*>(aes128_decrypt), kBlock, chain.data(), out.size(),
                out.data(), sealed.data());
    const auto length = authenticate(keys().readMac, {record.type, record.epoch, record.sequence}, out);
    if (!length || *length > kMaxPlaintext)
        return std::nullopt;
    out.resize(*length);
    return out;
}

std::optional<std::size_t> authenticate(const hmac_sha256_ctx& keyed, const Sealing& what, ByteView decrypted) {
    const auto n = decrypted.size();
    if (n < kDigest + 1)
        return std::nullopt;
    // A padding that cannot be counts as none; the MAC is computed all the same (RFC 5246 section 6.2.3.2, note).
    std::size_t padding = decrypted[n - 1];
    auto good = lessThan(padding + kDigest, n);
    padding &= good;
    const auto window = std::min(n, kMaxPadding);
    for (std::size_t i = 0; i < window; ++i) {
        const auto isPadding = ~lessThan(padding, i);
        good &= ~(isPadding & ~equals(decrypted[n - 1 - i], padding));
    }
    padding &= good;

    const auto max = n - kDigest - 1;
    const auto min = max > kMaxPadding - 1 ? max - (kMaxPadding - 1) : 0;
    const auto length = max - padding;
    auto state = keyed;
    const auto header = pseudoHeader(what, length);
    hmac_sha256_update(&state, header.size(), header.data());
    const auto want = macAt(state, decrypted, min, max, length);
    wipe(&state, sizeof state);
    const auto have = pickAt(decrypted, min, max, length);
    std::uint8_t differs = 0;
    for (std::size_t i = 0; i < kDigest; ++i)
        differs = static_cast<std::uint8_t>(differs | (want[i] ^ have[i]));
    good &= equals(differs, 0);
    return good != 0 ? std::optional{length} : std::nullopt;
}

} // namespace ocfsecd::dtls::ocf_suite
