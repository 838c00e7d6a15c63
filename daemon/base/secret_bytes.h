#pragma once
// Key material: locked in memory, left out of core dumps and forks, wiped, never copied, never printed.

#include "base/bytes.h"

#include <memory>

namespace ocfsecd {

class SecretBytes {
public:
    SecretBytes() = default;
    explicit SecretBytes(std::size_t size); ///< zeroed
    explicit SecretBytes(ByteView from);    ///< the caller wipes its own copy
    SecretBytes(SecretBytes&& other) noexcept;
    SecretBytes& operator=(SecretBytes&& other) noexcept;
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;
    ~SecretBytes();

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    ByteView view() const { return {data_, size_}; }
    MutableByteView edit() { return {data_, size_}; }
    /// Constant time for equal lengths.
    bool equals(ByteView other) const;

    /// False when the kernel would not lock secret memory (RLIMIT_MEMLOCK); start-up reports it.
    static bool memoryIsLocked();

private:
    std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

/// A key several places hold without copying it.
using SharedSecret = std::shared_ptr<const SecretBytes>;
inline SharedSecret shareSecret(ByteView from) {
    return std::make_shared<const SecretBytes>(from);
}

} // namespace ocfsecd
