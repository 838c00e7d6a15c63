#pragma once
// Octets: owned, viewed, read and written. All parsers and serialisers go through Reader and Writer.

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ocfsecd {

/// Overwrites memory in a way the compiler may not remove.
void wipe(void* data, std::size_t size) noexcept;

/// Allocator that wipes memory when it is given back: a plaintext buffer may hold a provisioned key.
template <class T>
struct WipingAllocator {
    using value_type = T;
    WipingAllocator() = default;
    template <class U>
    WipingAllocator(const WipingAllocator<U>&) noexcept {}
    T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T))); }
    void deallocate(T* p, std::size_t n) noexcept {
        wipe(p, n * sizeof(T));
        ::operator delete(p);
    }
    friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};

/// Owned octets, wiped when freed.
using Bytes = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;
using ByteView = std::span<const std::uint8_t>;
using MutableByteView = std::span<std::uint8_t>;

inline ByteView viewOf(std::string_view s) {
    return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}
inline std::string_view textOf(ByteView b) {
    return {reinterpret_cast<const char*>(b.data()), b.size()};
}
inline Bytes copyOf(ByteView b) {
    return {b.begin(), b.end()};
}
bool equal(ByteView a, ByteView b); ///< not constant time: never for secrets

/// Lower-case hexadecimal.
std::string toHex(ByteView bytes);
/// Accepts either case; nothing for an odd length or another character.
std::optional<Bytes> fromHex(std::string_view text);

/// Standard alphabet with padding (RFC 4648 section 4).
std::string toBase64(ByteView bytes);
/// Nothing for a bad character, length or padding.
std::optional<Bytes> fromBase64(std::string_view text);

/// Cursor over octets in network byte order. A read past the end yields zeros and makes ok() false for good.
class Reader {
public:
    explicit Reader(ByteView bytes) : rest_{bytes} {}
    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u24() { return static_cast<std::uint32_t>(number(3)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u48() { return number(6); }
    std::uint64_t u64() { return number(8); }
    ByteView take(std::size_t n); ///< the next n octets; empty when there are fewer
    ByteView takeRest() { return take(rest_.size()); }
    void fail() {
        ok_ = false;
        rest_ = {};
    }
    std::size_t left() const { return rest_.size(); }
    bool ok() const { return ok_; }
    bool done() const { return ok_ && rest_.empty(); } ///< everything read and nothing missing

private:
    std::uint64_t number(std::size_t octets);
    ByteView rest_;
    bool ok_ = true;
};

/// Appends in network byte order.
class Writer {
public:
    Writer& u8(std::uint64_t v) { return number(v, 1); }
    Writer& u16(std::uint64_t v) { return number(v, 2); }
    Writer& u24(std::uint64_t v) { return number(v, 3); }
    Writer& u32(std::uint64_t v) { return number(v, 4); }
    Writer& u48(std::uint64_t v) { return number(v, 6); }
    Writer& u64(std::uint64_t v) { return number(v, 8); }
    Writer& bytes(ByteView v);
    std::size_t size() const { return out_.size(); }
    ByteView view() const { return out_; }
    Bytes take() { return std::move(out_); }

private:
    Writer& number(std::uint64_t v, int octets);
    Bytes out_;
};

} // namespace ocfsecd
