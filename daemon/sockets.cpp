#include "sockets.h"

#include "systemd/journal.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <utility>

namespace ocfsecd {

namespace {

/// More than a gateway has addresses; but every user of the machine may send to all of 127.0.0.0/8.
constexpr std::size_t kMaxWays = 256;

Address wildcard(Address::Family family, std::uint16_t port) {
    return family == Address::Family::v4 ? Address::v4({}, port) : Address::v6({}, port);
}

/// A machine without this family, not a mistake.
bool familyMissing(Address::Family family) {
    const auto probe = net::UdpSocket::bind(wildcard(family, 0));
    return !probe.ok();
}

} // namespace

Result<std::unique_ptr<DeviceSockets>> DeviceSockets::open(systemd::Loop& loop, std::uint16_t clearPort,
                                                           std::uint16_t securePort, Handlers handlers) {
    std::unique_ptr<DeviceSockets> out{new DeviceSockets{std::move(handlers)}};
    for (const auto family : {Address::Family::v4, Address::Family::v6}) {
        if (familyMissing(family))
            continue;
        for (const bool secure : {false, true})
            if (auto added =
                    out->add(loop, out->of(family, secure), wildcard(family, secure ? securePort : clearPort), secure);
                !added)
                return added.failure();
    }
    if (!out->clear4_ && !out->clear6_)
        return Failure{Reason::inputOutput, "neither IPv4 nor IPv6 sockets can be made",
                       "bring up a network interface"};
    return out;
}

Result<void> DeviceSockets::add(systemd::Loop& loop, std::optional<Watched>& place, const Address& local, bool secure) {
    auto bound = net::UdpSocket::bind(local);
    if (!bound)
        return bound.failure();
    place.emplace(Watched{*std::move(bound), {}, {}});
    place->source = systemd::IoSource{loop, place->socket.fd(), EPOLLIN, [this, &place, secure](std::uint32_t) {
                                          place->socket.receive(secure ? handlers_.secure : handlers_.clear);
                                          handlers_.batchEnd();
                                      }};
    if (!secure && place->socket.local().port() == net::kCoapPort)
        place->membership.emplace(place->socket);
    return {};
}

std::optional<DeviceSockets::Watched>& DeviceSockets::of(Address::Family family, bool secure) {
    if (family == Address::Family::v4)
        return secure ? secure4_ : clear4_;
    return secure ? secure6_ : clear6_;
}

ocf::Ports DeviceSockets::ports() const {
    const auto portOf = [](const std::optional<Watched>& watched) -> std::uint16_t {
        return watched ? watched->socket.local().port() : std::uint16_t{0};
    };
    return {portOf(clear4_), portOf(secure4_), portOf(clear6_), portOf(secure6_)};
}

void DeviceSockets::join(const std::vector<net::Interface>& chosen) {
    for (auto* watched : {&clear4_, &clear6_})
        if (*watched && (*watched)->membership)
            for (const auto& failure : (*watched)->membership->update(chosen))
                journal::log(journal::Priority::warning, "joining multicast groups", failure);
}

bool DeviceSockets::hearsGroups() const {
    return (clear4_ && clear4_->membership) || (clear6_ && clear6_->membership);
}

std::uint32_t DeviceSockets::wayBack(const net::Received& received) {
    net::From way{received.multicast ? Address{} : received.local, received.interface};
    for (std::size_t i = 0; i < ways_.size(); ++i)
        if (ways_[i].local == way.local && ways_[i].interface == way.interface)
            return static_cast<std::uint32_t>(i);
    if (ways_.size() < kMaxWays)
        ways_.emplace_back();
    const auto place = std::exchange(nextWay_, (nextWay_ + 1) % kMaxWays);
    ways_[place] = way;
    return static_cast<std::uint32_t>(place);
}

void DeviceSockets::sendClear(const Address& peer, std::uint32_t way, ByteView octets) {
    auto& watched = of(peer.family(), false);
    send(watched ? &*watched : nullptr, peer, octets, way < ways_.size() ? ways_[way] : net::From{});
}

void DeviceSockets::sendSecure(const Address& peer, const net::From& way, ByteView octets) {
    auto& watched = of(peer.family(), true);
    send(watched ? &*watched : nullptr, peer, octets, way);
}

void DeviceSockets::send(Watched* from, const Address& peer, ByteView octets, const net::From& way) {
    if (from == nullptr)
        return;
    // UDP: what the kernel does not take is lost like any datagram; retransmission belongs to CoAP and DTLS.
    (void)from->socket.send(peer, octets, way);
}

} // namespace ocfsecd
