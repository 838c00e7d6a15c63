#include "net/default_routes.h"

#include "systemd/fd.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace ocfsecd::net {

namespace {

/// Also what is commonly written in place of ::/0 and 0.0.0.0/0: two halves (/1), the global unicast space (2000::/3).
constexpr unsigned kDefaultRoutePrefix = 3;

Failure failed(const char* what) {
    return {Reason::inputOutput, fmt::format("cannot read the routes: {}: {}", what, std::strerror(errno)),
            "allow AF_NETLINK in the unit's RestrictAddressFamilies="};
}

unsigned indexIn(const rtattr* attribute) {
    int index = 0;
    std::memcpy(&index, RTA_DATA(attribute), sizeof index);
    return static_cast<unsigned>(index);
}

void takeHops(const rtattr* attribute, std::set<unsigned>& found) {
    auto left = static_cast<int>(RTA_PAYLOAD(attribute));
    for (auto* hop = static_cast<const rtnexthop*>(RTA_DATA(attribute)); RTNH_OK(hop, left);) {
        found.insert(static_cast<unsigned>(hop->rtnh_ifindex));
        left -= RTNH_ALIGN(hop->rtnh_len);
        hop = RTNH_NEXT(hop);
    }
}

void takeRoute(const nlmsghdr* message, std::set<unsigned>& found) {
    if (message->nlmsg_type != RTM_NEWROUTE || message->nlmsg_len < NLMSG_LENGTH(sizeof(rtmsg)))
        return;
    const auto* route = static_cast<const rtmsg*>(NLMSG_DATA(message));
    if (route->rtm_type != RTN_UNICAST || route->rtm_dst_len > kDefaultRoutePrefix)
        return;
    auto left = static_cast<int>(message->nlmsg_len - NLMSG_LENGTH(sizeof(rtmsg)));
    for (auto* attribute = RTM_RTA(route); RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
        if (attribute->rta_type == RTA_OIF && RTA_PAYLOAD(attribute) >= sizeof(int))
            found.insert(indexIn(attribute));
        else if (attribute->rta_type == RTA_MULTIPATH)
            takeHops(attribute, found);
    }
}

/// Reads the dump to its end.
Result<void> readDump(int fd, std::set<unsigned>& found) {
    alignas(nlmsghdr) std::array<char, 32768> buffer; // the kernel's largest dump message
    for (;;) {
        const auto size = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return failed("receive");
        auto left = static_cast<unsigned>(size);
        for (auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data()); NLMSG_OK(message, left);
             message = NLMSG_NEXT(message, left)) {
            if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
                return {}; // an error here means: no such family
            takeRoute(message, found);
        }
    }
}

} // namespace

Result<std::set<unsigned>> interfacesWithDefaultRoute() {
    std::set<unsigned> found;
    for (const unsigned char family : {static_cast<unsigned char>(AF_INET), static_cast<unsigned char>(AF_INET6)}) {
        const systemd::Fd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
        struct {
            nlmsghdr header;
            rtmsg route;
        } request{};
        request.header.nlmsg_len = NLMSG_LENGTH(sizeof(rtmsg));
        request.header.nlmsg_type = RTM_GETROUTE;
        request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        request.route.rtm_family = family;
        if (!fd || ::send(fd.get(), &request, sizeof request, 0) < 0)
            return failed("request");
        if (auto read = readDump(fd.get(), found); !read)
            return read.failure();
    }
    return found;
}

} // namespace ocfsecd::net
