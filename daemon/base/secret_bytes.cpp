#include "base/secret_bytes.h"

#include <mutex>
#include <new>
#include <sys/mman.h>
#include <utility>
#include <vector>

namespace ocfsecd {

namespace {

// Secrets are small and many: they share pages, because the kernel locks whole pages and RLIMIT_MEMLOCK is small.
class SecretArena {
public:
    static SecretArena& instance() {
        static auto* arena = new SecretArena; // never destroyed: secrets in statics may outlive it
        return *arena;
    }

    std::uint8_t* take(std::size_t size) {
        const std::lock_guard guard{mutex_};
        auto& list = free_[classOf(size)];
        if (list.empty())
            grow(classOf(size));
        auto* out = list.back();
        list.pop_back();
        return out;
    }

    void give(std::uint8_t* data, std::size_t size) {
        wipe(data, size);
        const std::lock_guard guard{mutex_};
        free_[classOf(size)].push_back(data);
    }

    bool locked() {
        const std::lock_guard guard{mutex_};
        if (!tried_)
            grow(0);
        return locked_;
    }

private:
    static constexpr std::size_t kSmallest = 64;
    static constexpr std::size_t kClasses = 12; // 64 … 128 Ki octets
    static constexpr std::size_t kPage = 4096;

    static std::size_t classOf(std::size_t size) {
        std::size_t cls = 0;
        while ((kSmallest << cls) < size)
            ++cls;
        if (cls >= kClasses)
            throw std::bad_alloc{};
        return cls;
    }

    void grow(std::size_t cls) {
        const std::size_t block = kSmallest << cls;
        const std::size_t length = block < kPage ? kPage : block;
        auto* pages = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED)
            throw std::bad_alloc{};
        locked_ = (::mlock(pages, length) == 0) && (!tried_ || locked_);
        tried_ = true;
        ::madvise(pages, length, MADV_DONTDUMP);
        ::madvise(pages, length, MADV_WIPEONFORK);
        for (std::size_t at = 0; at < length; at += block)
            free_[cls].push_back(static_cast<std::uint8_t*>(pages) + at);
    }

    std::mutex mutex_;
    std::vector<std::uint8_t*> free_[kClasses];
    bool tried_ = false;
    bool locked_ = false;
};

} // namespace

SecretBytes::SecretBytes(std::size_t size)
    : data_{size != 0 ? SecretArena::instance().take(size) : nullptr}, size_{size} {
    wipe(data_, size_);
}

SecretBytes::SecretBytes(ByteView from) : SecretBytes{from.size()} {
    if (!from.empty())
        std::memcpy(data_, from.data(), from.size());
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)} {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

SecretBytes::~SecretBytes() {
    if (data_ != nullptr)
        SecretArena::instance().give(data_, size_);
}

bool SecretBytes::equals(ByteView other) const {
    if (other.size() != size_)
        return false;
    std::uint8_t differs = 0;
    for (std::size_t i = 0; i < size_; ++i)
        differs = static_cast<std::uint8_t>(differs | (data_[i] ^ other[i]));
    return differs == 0;
}

bool SecretBytes::memoryIsLocked() {
    return SecretArena::instance().locked();
}

} // namespace ocfsecd
