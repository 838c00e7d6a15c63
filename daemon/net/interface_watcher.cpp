#include "net/interface_watcher.h"

#include <array>
#include <cerrno>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>

namespace ocfsecd::net {

namespace {

/// An interface coming up makes a dozen messages; a look at all of them costs less than a millisecond, once.
constexpr Duration kSettle = 100ms;

} // namespace

InterfaceWatcher::InterfaceWatcher(systemd::Loop& loop, std::function<void()> changed)
    : loop_{loop}, fd_{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)} {
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
    if (!fd_ || ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::system_error{errno, std::generic_category(), "watch the network interfaces"};
    timer_ = systemd::TimerSource{loop_, [this, call = std::move(changed)] {
                                      waiting_ = false;
                                      call();
                                  }};
    source_ = systemd::IoSource{loop_, fd_.get(), EPOLLIN, [this](std::uint32_t) { drain(); }};
}

void InterfaceWatcher::drain() {
    std::array<char, 8192> buffer;
    // What changed is not read: the list is taken anew. ENOBUFS (messages lost) is a change as well.
    while (::recv(fd_.get(), buffer.data(), buffer.size(), 0) >= 0 || errno == ENOBUFS)
        ;
    if (!waiting_) // not pushed on by further changes: a flapping interface must not hide the others
        timer_.arm(loop_.now() + kSettle);
    waiting_ = true;
}

} // namespace ocfsecd::net
