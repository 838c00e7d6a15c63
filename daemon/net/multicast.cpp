#include "net/multicast.h"

#include <algorithm>
#include <array>

namespace ocfsecd::net {

namespace {

Address group6(std::uint8_t scope, std::uint16_t id) {
    return Address::v6({0xff, scope, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(id >> 8),
                        static_cast<std::uint8_t>(id)},
                       kCoapPort);
}

} // namespace

std::span<const Address> multicastGroups(Address::Family family) {
    static const std::array kV4{Address::v4({224, 0, 1, 187}, kCoapPort)}; // all CoAP nodes
    static const std::array kV6{
        group6(2, 0x158), group6(3, 0x158), group6(5, 0x158), // all OCF nodes: link, realm, site
        group6(2, 0xfd),  group6(3, 0xfd),  group6(5, 0xfd),  // all CoAP nodes
    };
    return family == Address::Family::v4 ? std::span<const Address>{kV4} : std::span<const Address>{kV6};
}

std::vector<Failure> Membership::update(const std::vector<Interface>& chosen) {
    std::set<std::pair<Address, unsigned>> wanted;
    for (const auto& interface : chosen)
        for (const auto& group : multicastGroups(socket_->family()))
            wanted.emplace(group, interface.index);
    for (auto membership = joined_.begin(); membership != joined_.end();) {
        if (wanted.count(*membership) > 0) {
            ++membership;
            continue;
        }
        socket_->leave(membership->first, membership->second);
        membership = joined_.erase(membership);
    }
    std::vector<Failure> failures;
    // Also what is joined already: an index that vanished and came back took its memberships along.
    for (const auto& membership : wanted) {
        if (auto joined = socket_->join(membership.first, membership.second); joined)
            joined_.insert(membership);
        else
            failures.push_back(joined.failure());
    }
    return failures;
}

} // namespace ocfsecd::net
