#pragma once
// The service manager's end of sd_notify, for tests.

#include "systemd/fd.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace ocfsecd::test {

/// Sets NOTIFY_SOCKET while it lives; an abstract name leaves nothing behind.
class NotifySocket {
public:
    NotifySocket() : fd_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)} {
        const auto name = "@ocfsecd-test-notify-" + std::to_string(::getpid());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        address.sun_path[0] = '\0';
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        usable_ = ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0;
        ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;
    ~NotifySocket() { ::unsetenv("NOTIFY_SOCKET"); }

    bool usable() const { return usable_; }
    int fd() const { return fd_.get(); }
    /// The next message; empty when none waits.
    std::string next() {
        char buffer[1024];
        const auto size = ::recv(fd_.get(), buffer, sizeof buffer, 0);
        return size > 0 ? std::string{buffer, static_cast<std::size_t>(size)} : std::string{};
    }

private:
    systemd::Fd fd_;
    bool usable_ = false;
};

} // namespace ocfsecd::test
