#pragma once
// The groups OCF devices listen to (facts 7.3), and membership in them on changing interfaces.

#include "net/interfaces.h"
#include "net/udp_socket.h"

#include <set>
#include <span>
#include <utility>

namespace ocfsecd::net {

inline constexpr std::uint16_t kCoapPort = 5683;
inline constexpr std::uint16_t kCoapsPort = 5684;

/// All CoAP nodes and all OCF nodes of one family, with port 5683.
std::span<const Address> multicastGroups(Address::Family family);

/// Keeps one socket joined to all groups of its family on the chosen interfaces. The socket stays where it is
/// meanwhile.
class Membership {
public:
    explicit Membership(UdpSocket& socket) : socket_{&socket} {}
    /// Joins on new interfaces and leaves those gone. What failed is tried again at the next update.
    std::vector<Failure> update(const std::vector<Interface>& chosen);
    std::size_t joined() const { return joined_.size(); } ///< pairs of group and interface

private:
    UdpSocket* socket_;
    std::set<std::pair<Address, unsigned>> joined_;
};

} // namespace ocfsecd::net
