#pragma once
// Where a device can be reached, and which of that a given requester is told (facts 7.3: by family and interface).

#include "base/address.h"

#include <vector>

namespace ocfsecd::ocf {

/// One address of one local interface.
struct LocalAddress {
    unsigned interface = 0;
    Address address; ///< port 0
    unsigned prefixLength = 0;
};

/// How a clear datagram came in.
struct Arrival {
    bool multicast = false;
    Address local; ///< its destination, port of the local socket
    unsigned interface = 0;
};

/// A device's unicast ports, per family; 0 where there is no socket.
struct Ports {
    std::uint16_t clear4 = 0, secure4 = 0, clear6 = 0, secure6 = 0;
};

class Endpoints {
public:
    void set(std::vector<LocalAddress> addresses, Ports ports);
    const Ports& ports() const { return ports_; }
    /// "coap://192.0.2.1:5683", "coaps://[2001:db8::1]:5684": what the sender of that datagram may use.
    std::vector<std::string> reachableBy(const Address& peer, const Arrival& arrival, bool clearToo) const;
    /// Everything, for the bus.
    std::vector<std::string> all() const;
    /// Is the peer a direct neighbour on one of our interfaces (design section 7: off-link sources are dropped in
    /// RFOTM)?
    bool onLink(const Address& peer) const;

private:
    std::vector<LocalAddress> addresses_;
    Ports ports_;
};

} // namespace ocfsecd::ocf
