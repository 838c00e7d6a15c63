#pragma once
// The sockets of one device: a clear and a secure one per address family, and how its answers leave.

#include "net/multicast.h"
#include "net/udp_socket.h"
#include "ocf/endpoints.h"
#include "systemd/loop.h"

#include <functional>
#include <optional>
#include <vector>

namespace ocfsecd {

class DeviceSockets {
public:
    struct Handlers {
        std::function<void(const net::Received&)> clear;
        std::function<void(const net::Received&)> secure;
        std::function<void()> batchEnd; ///< after each batch of datagrams: time to send
    };

    /// Binds the wildcard addresses; port 0 takes any free one. A family the machine does not have is left out; none at
    /// all is Reason::inputOutput.
    static Result<std::unique_ptr<DeviceSockets>> open(systemd::Loop& loop, std::uint16_t clearPort,
                                                       std::uint16_t securePort, Handlers handlers);

    ocf::Ports ports() const;
    /// Device 0 on port 5683 hears the groups on its own socket.
    void join(const std::vector<net::Interface>& chosen);
    bool hearsGroups() const;

    /// A short number for "leaves from here", for coap::Channel::socket. The number of local addresses is small.
    std::uint32_t wayBack(const net::Received& received);
    void sendClear(const Address& peer, std::uint32_t way, ByteView octets);
    void sendSecure(const Address& peer, const net::From& way, ByteView octets);

private:
    struct Watched {
        net::UdpSocket socket;
        systemd::IoSource source;
        std::optional<net::Membership> membership;
    };

    explicit DeviceSockets(Handlers handlers) : handlers_{std::move(handlers)} {}
    Result<void> add(systemd::Loop& loop, std::optional<Watched>& place, const Address& local, bool secure);
    std::optional<Watched>& of(Address::Family family, bool secure);
    void send(Watched* from, const Address& peer, ByteView octets, const net::From& way);

    Handlers handlers_;
    std::optional<Watched> clear4_, clear6_, secure4_, secure6_;
    std::vector<net::From> ways_; ///< by number; when there are too many the oldest gives its number away
    std::size_t nextWay_ = 0;
};

} // namespace ocfsecd
