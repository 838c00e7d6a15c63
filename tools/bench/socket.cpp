#include "tools/bench/socket.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <sys/socket.h>

namespace ocfsecd::bench {

namespace {

constexpr unsigned kHostsPerNet = 250; // 127.0.n.2 … 127.0.n.251
constexpr unsigned kNets = 250;

Address loopbackHost(unsigned host) {
    host %= kHostsPerNet * kNets;
    return Address::v4({127, 0, static_cast<std::uint8_t>(1 + host / kHostsPerNet),
                        static_cast<std::uint8_t>(2 + host % kHostsPerNet)},
                       0);
}

} // namespace

Result<systemd::Fd> connectTo(const Address& server, unsigned host) {
    const bool v4 = server.family() == Address::Family::v4;
    systemd::Fd fd{::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    const auto failed = [](const char* what) {
        return Failure{Reason::inputOutput, fmt::format("{}: {}", what, std::strerror(errno)),
                       errno == EMFILE ? "raise the limit of open files: ulimit -Hn" : ""};
    };
    if (!fd)
        return failed("cannot make a socket");
    sockaddr_storage raw{};
    if (v4 && server.isLoopback()) {
        const auto length = loopbackHost(host).toSockaddr(raw);
        if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&raw), length) != 0)
            return failed("cannot take a source address of 127.0.0.0/8");
    }
    raw = {};
    const auto length = server.toSockaddr(raw);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&raw), length) != 0)
        return failed("cannot reach the server's address");
    return fd;
}

bool sendOn(int fd, ByteView datagram) {
    return ::send(fd, datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

std::optional<ByteView> receiveOn(int fd, MutableByteView room) {
    const auto got = ::recv(fd, room.data(), room.size(), MSG_DONTWAIT);
    if (got < 0)
        return std::nullopt; // nothing there, or the port was closed: the caller's deadline tells
    return ByteView{room}.first(static_cast<std::size_t>(got));
}

} // namespace ocfsecd::bench
