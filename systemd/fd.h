#pragma once
// A file descriptor with an owner.

#include <utility>

namespace ocfsecd::systemd {

class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) : fd_{fd} {} ///< takes ownership; negative: none
    Fd(Fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Fd& operator=(Fd&& other) noexcept;
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd();

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

} // namespace ocfsecd::systemd
