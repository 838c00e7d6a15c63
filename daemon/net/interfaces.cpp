#include "net/interfaces.h"

#include "net/default_routes.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fnmatch.h>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>

namespace ocfsecd::net {

namespace {

bool isPattern(std::string_view text) {
    return text.find_first_of("*?[") != std::string_view::npos;
}

/// Harmless to serve without having been asked for by name.
bool isLocalNetwork(const Interface& interface) {
    return interface.multicast && !interface.loopback && !interface.pointToPoint && !interface.defaultRoute;
}

bool matches(const std::string& pattern, const Interface& interface) {
    return ::fnmatch(pattern.c_str(), interface.name.c_str(), 0) == 0;
}

unsigned prefixLength(const sockaddr* mask) {
    if (!mask)
        return 0;
    ByteView octets;
    if (mask->sa_family == AF_INET)
        octets = {reinterpret_cast<const std::uint8_t*>(&reinterpret_cast<const sockaddr_in*>(mask)->sin_addr), 4};
    else if (mask->sa_family == AF_INET6)
        octets = {reinterpret_cast<const std::uint8_t*>(&reinterpret_cast<const sockaddr_in6*>(mask)->sin6_addr), 16};
    unsigned bits = 0;
    for (const auto octet : octets)
        bits += static_cast<unsigned>(std::popcount(octet));
    return bits;
}

void take(std::vector<Interface>& all, const ifaddrs& entry) {
    const unsigned index = ::if_nametoindex(entry.ifa_name);
    if (index == 0) // gone since
        return;
    auto known = std::find_if(all.begin(), all.end(), [&](const Interface& i) { return i.index == index; });
    if (known == all.end()) {
        Interface made;
        made.index = index;
        made.name = entry.ifa_name;
        made.up = (entry.ifa_flags & IFF_UP) != 0;
        made.multicast = (entry.ifa_flags & IFF_MULTICAST) != 0;
        made.loopback = (entry.ifa_flags & IFF_LOOPBACK) != 0;
        made.pointToPoint = (entry.ifa_flags & IFF_POINTOPOINT) != 0;
        known = all.insert(all.end(), std::move(made));
    }
    const auto family = entry.ifa_addr ? entry.ifa_addr->sa_family : AF_UNSPEC;
    if (family != AF_INET && family != AF_INET6)
        return;
    const socklen_t length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (const auto address = Address::from(entry.ifa_addr, length))
        known->addresses.push_back({*address, prefixLength(entry.ifa_netmask)});
}

} // namespace

Result<std::vector<Interface>> listInterfaces() {
    const auto routes = interfacesWithDefaultRoute();
    if (!routes)
        return routes.failure();
    ifaddrs* raw = nullptr;
    if (::getifaddrs(&raw) != 0)
        return Failure{Reason::inputOutput, fmt::format("cannot list the network interfaces: {}", std::strerror(errno)),
                       "allow AF_NETLINK in the unit's RestrictAddressFamilies="};
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> list{raw, ::freeifaddrs};
    std::vector<Interface> all;
    for (const auto* entry = list.get(); entry; entry = entry->ifa_next)
        take(all, *entry);
    for (auto& interface : all)
        interface.defaultRoute = routes->count(interface.index) > 0;
    std::sort(all.begin(), all.end(), [](const Interface& a, const Interface& b) { return a.index < b.index; });
    return all;
}

bool Selection::chooses(const Interface& interface) const {
    if (!interface.up)
        return false;
    bool anyPositive = false;
    bool chosen = false;
    for (const auto& pattern : patterns_) {
        if (pattern.starts_with('!')) {
            if (matches(pattern.substr(1), interface))
                return false;
            continue;
        }
        anyPositive = true;
        chosen = chosen || (isPattern(pattern) ? isLocalNetwork(interface) && matches(pattern, interface)
                                               : pattern == interface.name);
    }
    return anyPositive ? chosen : isLocalNetwork(interface);
}

std::vector<Interface> Selection::chosenFrom(const std::vector<Interface>& all) const {
    std::vector<Interface> chosen;
    std::copy_if(all.begin(), all.end(), std::back_inserter(chosen), [this](const Interface& i) { return chooses(i); });
    return chosen;
}

std::string Selection::explainNone(const std::vector<Interface>& all) const {
    if (!chosenFrom(all).empty())
        return {};
    std::string reasons;
    for (const auto& interface : all) {
        if (interface.loopback)
            continue;
        const auto* why = !interface.up            ? "is down"
                          : interface.defaultRoute ? "carries a default route"
                          : interface.pointToPoint ? "is point-to-point"
                          : !interface.multicast   ? "has no multicast"
                                                   : "is not named";
        reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", interface.name, why);
    }
    return fmt::format("no interface to serve ({}); name one in full with Interfaces= in [Network]",
                       reasons.empty() ? "there is none but the loopback" : reasons);
}

} // namespace ocfsecd::net
