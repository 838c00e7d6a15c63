#include "systemd/fd.h"

#include <unistd.h>

namespace ocfsecd::systemd {

Fd& Fd::operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

Fd::~Fd() {
    if (fd_ >= 0)
        ::close(fd_);
}

} // namespace ocfsecd::systemd
