#include "net/packet_info.h"

#include <algorithm>
#include <cstring>

namespace ocfsecd::net {

namespace {

Address fromV4(const in_addr& address) {
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), &address, 4);
    return Address::v4(octets, 0);
}

Address fromV6(const in6_addr& address, unsigned interface) {
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &address, 16);
    const auto plain = Address::v6(octets, 0);
    return plain.isLinkLocal() ? Address::v6(octets, 0, interface) : plain;
}

/// Facts 7.3: hop limit 1 for IPv4 and link-local groups, 255 for the wider scopes.
int hopsFor(const Address& group) {
    const bool wider = group.family() == Address::Family::v6 && (group.octets()[1] & 0x0f) > 2;
    return wider ? 255 : 1;
}

template <class T>
void append(msghdr& message, ControlBuffer& buffer, int level, int type, const T& value) {
    const auto at = message.msg_controllen;
    message.msg_control = buffer.octets;
    message.msg_controllen = at + CMSG_SPACE(sizeof value);
    auto* header = reinterpret_cast<cmsghdr*>(buffer.octets + at);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(header), &value, sizeof value);
}

} // namespace

std::optional<Destination> destinationOf(msghdr& message) {
    for (auto* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
            in_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(header), sizeof info);
            const auto address = fromV4(info.ipi_addr);
            // The kernel's own answer to "which source address would I use" differs from the destination only for
            // groups and broadcasts.
            const bool broadcast = !address.isMulticast() && info.ipi_addr.s_addr != info.ipi_spec_dst.s_addr;
            return Destination{address, static_cast<unsigned>(info.ipi_ifindex), broadcast};
        }
        if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(header), sizeof info);
            const auto interface = static_cast<unsigned>(info.ipi6_ifindex);
            return Destination{fromV6(info.ipi6_addr, interface), interface, false};
        }
    }
    return std::nullopt;
}

void setSource(msghdr& message, ControlBuffer& buffer, const Address& peer, const Address& source, unsigned interface) {
    const bool usable = source.family() == peer.family() && !source.isMulticast();
    const bool onLink = peer.isMulticast() || peer.isLinkLocal() || !usable || source.isLinkLocal();
    message.msg_controllen = 0;
    std::memset(buffer.octets, 0, sizeof buffer.octets);
    if (peer.family() == Address::Family::v4) {
        in_pktinfo info{};
        info.ipi_ifindex = onLink ? static_cast<int>(interface) : 0;
        if (usable)
            std::memcpy(&info.ipi_spec_dst, source.octets().data(), 4);
        append(message, buffer, IPPROTO_IP, IP_PKTINFO, info);
    } else {
        in6_pktinfo info{};
        info.ipi6_ifindex = onLink ? interface : 0;
        if (usable)
            std::memcpy(&info.ipi6_addr, source.octets().data(), 16);
        append(message, buffer, IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
    if (!peer.isMulticast())
        return;
    if (peer.family() == Address::Family::v4)
        append(message, buffer, IPPROTO_IP, IP_TTL, hopsFor(peer));
    else
        append(message, buffer, IPPROTO_IPV6, IPV6_HOPLIMIT, hopsFor(peer));
}

} // namespace ocfsecd::net
