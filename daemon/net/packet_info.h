#pragma once
// IP_PKTINFO and IPV6_PKTINFO: where a datagram was sent to, and where one shall leave from.

#include "base/address.h"

#include <optional>
#include <sys/socket.h>

namespace ocfsecd::net {

/// Room for packet information and hop limit, and for what a socket unit may have switched on (time stamps, marks).
struct ControlBuffer {
    alignas(cmsghdr) unsigned char octets[256];
};

struct Destination {
    Address address; ///< without port
    unsigned interface = 0;
    bool broadcast = false;
};
/// From a received message; nothing when the kernel gave no packet information.
std::optional<Destination> destinationOf(msghdr& message);

/// Writes source address, interface and hop limit for a datagram to `peer` into `buffer` and hangs it into `message`.
void setSource(msghdr& message, ControlBuffer& buffer, const Address& peer, const Address& source, unsigned interface);

} // namespace ocfsecd::net
