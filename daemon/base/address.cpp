#include "base/address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <net/if.h>

namespace ocfsecd {

Address Address::v4(const std::array<std::uint8_t, 4>& octets, std::uint16_t port) {
    Address out;
    out.family_ = Family::v4;
    std::ranges::copy(octets, out.octets_.begin());
    out.port_ = port;
    return out;
}

Address Address::v6(const std::array<std::uint8_t, 16>& octets, std::uint16_t port, std::uint32_t scope) {
    Address out;
    out.family_ = Family::v6;
    out.octets_ = octets;
    out.port_ = port;
    out.scope_ = out.isLinkLocal() || out.isMulticast() ? scope : 0;
    return out;
}

std::optional<Address> Address::from(const sockaddr* address, socklen_t length) {
    if (address->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
        sockaddr_in in{};
        std::memcpy(&in, address, sizeof in);
        std::array<std::uint8_t, 4> octets{};
        std::memcpy(octets.data(), &in.sin_addr, 4);
        return v4(octets, ntohs(in.sin_port));
    }
    if (address->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
        sockaddr_in6 in{};
        std::memcpy(&in, address, sizeof in);
        std::array<std::uint8_t, 16> octets{};
        std::memcpy(octets.data(), &in.sin6_addr, 16);
        if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr))
            return v4({octets[12], octets[13], octets[14], octets[15]}, ntohs(in.sin6_port));
        return v6(octets, ntohs(in.sin6_port), in.sin6_scope_id);
    }
    return std::nullopt;
}

std::optional<Address> Address::parse(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    std::uint16_t port = 0;
    const auto portText = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(portText.data(), portText.data() + portText.size(), port);
    if (error != std::errc{} || end != portText.data() + portText.size() || portText.empty())
        return std::nullopt;
    auto host = text.substr(0, colon);
    if (!host.starts_with('[')) {
        std::array<std::uint8_t, 4> octets{};
        if (::inet_pton(AF_INET, std::string{host}.c_str(), octets.data()) != 1)
            return std::nullopt;
        return v4(octets, port);
    }
    if (!host.ends_with(']'))
        return std::nullopt;
    host = host.substr(1, host.size() - 2);
    std::uint32_t scope = 0;
    if (const auto percent = host.find('%'); percent != std::string_view::npos) {
        const std::string name{host.substr(percent + 1)};
        scope = ::if_nametoindex(name.c_str());
        if (scope == 0) {
            const auto [zoneEnd, zoneError] = std::from_chars(name.data(), name.data() + name.size(), scope);
            if (zoneError != std::errc{} || zoneEnd != name.data() + name.size())
                return std::nullopt;
        }
        host = host.substr(0, percent);
    }
    std::array<std::uint8_t, 16> octets{};
    if (::inet_pton(AF_INET6, std::string{host}.c_str(), octets.data()) != 1)
        return std::nullopt;
    return v6(octets, port, scope);
}

bool Address::isMulticast() const {
    return family_ == Family::v4 ? (octets_[0] & 0xf0) == 0xe0 : family_ == Family::v6 && octets_[0] == 0xff;
}

bool Address::isLinkLocal() const {
    return family_ == Family::v4 ? octets_[0] == 169 && octets_[1] == 254
                                 : family_ == Family::v6 && octets_[0] == 0xfe && (octets_[1] & 0xc0) == 0x80;
}

bool Address::isLoopback() const {
    if (family_ == Family::v4)
        return octets_[0] == 127;
    std::array<std::uint8_t, 16> one{};
    one[15] = 1;
    return family_ == Family::v6 && octets_ == one;
}

Address Address::withPort(std::uint16_t port) const {
    Address out = *this;
    out.port_ = port;
    return out;
}

socklen_t Address::toSockaddr(sockaddr_storage& out) const {
    out = {};
    if (family_ == Family::v4) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(port_);
        std::memcpy(&in.sin_addr, octets_.data(), 4);
        std::memcpy(&out, &in, sizeof in);
        return sizeof in;
    }
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port_);
    in.sin6_scope_id = scope_;
    std::memcpy(&in.sin6_addr, octets_.data(), 16);
    std::memcpy(&out, &in, sizeof in);
    return sizeof in;
}

std::string Address::host() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(family_ == Family::v4 ? AF_INET : AF_INET6, octets_.data(), text.data(), text.size());
    return text.data();
}

std::string Address::text() const {
    if (family_ == Family::none)
        return "-";
    if (family_ == Family::v4)
        return host() + ':' + std::to_string(port_);
    return '[' + host() + (scope_ != 0 ? '%' + std::to_string(scope_) : "") + "]:" + std::to_string(port_);
}

Bytes Address::key() const {
    return Writer{}.u8(static_cast<std::uint8_t>(family_)).bytes(octets_).u16(port_).u32(scope_).take();
}

} // namespace ocfsecd

std::size_t std::hash<ocfsecd::Address>::operator()(const ocfsecd::Address& address) const noexcept {
    std::size_t h = 1469598103934665603ULL;
    const auto mix = [&h](std::size_t v) { h = (h ^ v) * 1099511628211ULL; };
    for (auto octet : address.octets())
        mix(octet);
    mix(address.port());
    mix(address.scope());
    return h;
}
