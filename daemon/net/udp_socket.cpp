#include "net/udp_socket.h"

#include "net/packet_info.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ocfsecd::net {

namespace {

/// Datagrams taken per call: amortises the system call and lets the loop's other sources have their turn.
constexpr std::size_t kBatch = 16;

Failure failed(std::string what, int error, std::string next) {
    return {Reason::inputOutput, fmt::format("{}: {}", what, std::strerror(error)), std::move(next)};
}

bool set(int fd, int level, int option, int value) {
    return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/// What every socket needs, own or handed over: who was addressed, and no group that others on this host joined (L9.3).
bool prepare(int fd, Address::Family family) {
    set(fd, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer); // a smaller one still works
    if (family == Address::Family::v4)
        return set(fd, IPPROTO_IP, IP_PKTINFO, 1) && set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
    return set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) && set(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
}

std::optional<Address> boundTo(int fd) {
    sockaddr_storage raw{};
    socklen_t length = sizeof raw;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&raw), &length) != 0)
        return std::nullopt;
    return Address::from(reinterpret_cast<const sockaddr*>(&raw), length);
}

Address wildcard(Address::Family family, std::uint16_t port) {
    return family == Address::Family::v4 ? Address::v4({}, port) : Address::v6({}, port);
}

} // namespace

UdpSocket::UdpSocket(systemd::Fd fd, const Address& local, bool groupsOnly)
    : fd_{std::move(fd)}, local_{local}, groupsOnly_{groupsOnly} {}

Result<UdpSocket> UdpSocket::bind(const Address& local) {
    return open(local, false);
}

Result<UdpSocket> UdpSocket::bindMulticast(Address::Family family, std::uint16_t port) {
    return open(wildcard(family, port), true);
}

Result<UdpSocket> UdpSocket::open(const Address& local, bool shared) {
    const bool v4 = local.family() == Address::Family::v4;
    systemd::Fd fd{::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd)
        return failed(fmt::format("cannot make a socket for {}", local.text()), errno,
                      v4 ? "" : "check that IPv6 is enabled");
    const bool ready = prepare(fd.get(), local.family()) && (v4 || set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1)) &&
                       (!shared || set(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1));
    if (!ready)
        return failed(fmt::format("cannot set up the socket for {}", local.text()), errno, "");
    sockaddr_storage raw{};
    const auto length = local.toSockaddr(raw);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&raw), length) != 0)
        return failed(fmt::format("cannot use UDP {}", local.text()), errno,
                      errno == EADDRINUSE ? fmt::format("see who has the port: ss -ulnp 'sport = :{}'", local.port())
                                          : "check address and port in the configuration");
    const auto bound = boundTo(fd.get());
    if (!bound)
        return failed("cannot read a socket's address", errno, "");
    // Address::from() names ::ffff:0:0/96 IPv4; a wildcard of one family stays what it was bound as.
    return UdpSocket{std::move(fd), local.withPort(bound->port()), shared};
}

Result<UdpSocket> UdpSocket::adopt(systemd::Fd fd) {
    const auto refuse = [](std::string what, std::string next) {
        return Failure{Reason::configuration, "a socket handed over " + std::move(what), std::move(next)};
    };
    int type = 0;
    int domain = 0;
    socklen_t length = sizeof type;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_DGRAM)
        return refuse("is not a datagram socket", "use ListenDatagram= in the socket unit");
    length = sizeof domain;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0 ||
        (domain != AF_INET && domain != AF_INET6))
        return refuse("is neither IPv4 nor IPv6", "use ListenDatagram=[::]:PORT and ListenDatagram=0.0.0.0:PORT");
    int only = 1;
    length = sizeof only;
    if (domain == AF_INET6 && (::getsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, &length) != 0 || only == 0))
        return refuse("serves both families at once", "set BindIPv6Only=ipv6-only in the socket unit");
    const auto bound = boundTo(fd.get());
    if (!bound || bound->port() == 0)
        return refuse("is not bound", "use ListenDatagram= in the socket unit");
    const int flags = ::fcntl(fd.get(), F_GETFL);
    if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0 || !prepare(fd.get(), bound->family()))
        return refuse("cannot be set up", "");
    return UdpSocket{std::move(fd), *bound, false};
}

std::size_t UdpSocket::receive(const std::function<void(const Received&)>& take) {
    std::array<std::array<std::uint8_t, kMaxDatagram>, kBatch> octets; // 64 KiB of stack, written by the kernel only
    std::array<mmsghdr, kBatch> messages{};
    std::array<iovec, kBatch> parts{};
    std::array<sockaddr_storage, kBatch> peers;
    std::array<ControlBuffer, kBatch> controls;
    for (std::size_t i = 0; i < kBatch; ++i) {
        parts[i] = {octets[i].data(), octets[i].size()};
        auto& header = messages[i].msg_hdr;
        header.msg_name = &peers[i];
        header.msg_namelen = sizeof peers[i];
        header.msg_iov = &parts[i];
        header.msg_iovlen = 1;
        header.msg_control = controls[i].octets;
        header.msg_controllen = sizeof controls[i].octets;
    }
    const int count = ::recvmmsg(fd_.get(), messages.data(), kBatch, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < count; ++i) {
        auto& message = messages[static_cast<std::size_t>(i)];
        auto& header = message.msg_hdr;
        const auto peer = Address::from(static_cast<const sockaddr*>(header.msg_name), header.msg_namelen);
        const auto destination = destinationOf(header);
        const bool whole = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
        // Port 0 cannot be answered; an answer to a broadcast would amplify.
        if (!whole || !peer || peer->port() == 0 || !destination || destination->broadcast ||
            (groupsOnly_ && !destination->address.isMulticast())) {
            ++dropped_;
            continue;
        }
        take({*peer, destination->address.withPort(local_.port()), destination->interface,
              destination->address.isMulticast(),
              ByteView{octets[static_cast<std::size_t>(i)]}.first(message.msg_len)});
    }
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

Result<void> UdpSocket::send(const Address& peer, ByteView octets, const From& from) {
    sockaddr_storage raw{};
    iovec part{const_cast<std::uint8_t*>(octets.data()), octets.size()};
    ControlBuffer control;
    msghdr message{};
    message.msg_name = &raw;
    message.msg_namelen = peer.toSockaddr(raw);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    setSource(message, control, peer, from.local, from.interface);
    if (::sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        return {};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
        return Failure{Reason::unavailable, fmt::format("no room to send to {}", peer.text()), ""};
    return failed(fmt::format("cannot send to {}", peer.text()), errno, "");
}

namespace {

int changeMembership(int fd, const Address& group, unsigned interface, bool join) {
    if (group.family() == Address::Family::v4) {
        ip_mreqn request{};
        std::memcpy(&request.imr_multiaddr, group.octets().data(), 4);
        request.imr_ifindex = static_cast<int>(interface);
        return ::setsockopt(fd, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request, sizeof request);
    }
    ipv6_mreq request{};
    std::memcpy(&request.ipv6mr_multiaddr, group.octets().data(), 16);
    request.ipv6mr_interface = interface;
    return ::setsockopt(fd, IPPROTO_IPV6, join ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP, &request, sizeof request);
}

} // namespace

Result<void> UdpSocket::join(const Address& group, unsigned interface) {
    if (changeMembership(fd_.get(), group, interface, true) == 0 || errno == EADDRINUSE)
        return {};
    return failed(fmt::format("cannot join {} on interface {}", group.host(), interface), errno,
                  errno == ENOBUFS ? "raise net.ipv4.igmp_max_memberships or name fewer interfaces" : "");
}

void UdpSocket::leave(const Address& group, unsigned interface) {
    changeMembership(fd_.get(), group, interface, false); // the interface may be gone, and the membership with it
}

} // namespace ocfsecd::net
