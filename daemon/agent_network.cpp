// The agent's sockets: what comes in goes to its device, if it came by an interface that is served.

#include "agent.h"

#include "systemd/journal.h"

#include <algorithm>
#include <sys/epoll.h>

namespace ocfsecd {

Result<void> Agent::openSockets(unsigned index) {
    const bool first = index == 0;
    auto sockets = DeviceSockets::open(
        loop_, first ? config_.network.port : std::uint16_t{0}, first ? config_.network.securePort : std::uint16_t{0},
        {[this, index](const net::Received& received) { onClear(index, received); },
         [this, index](const net::Received& received) { onSecure(index, received); }, [this, index] { pump(index); }});
    if (!sockets)
        return sockets.failure();
    devices_[index]->sockets = *std::move(sockets);
    return {};
}

/// Where no device's own clear socket has port 5683, the groups need one of their own.
Result<void> Agent::openGroupSockets() {
    if (std::ranges::any_of(devices_, [](const auto& hosted) { return hosted->sockets->hearsGroups(); }))
        return {};
    for (const auto family : {Address::Family::v4, Address::Family::v6}) {
        auto bound = net::UdpSocket::bindMulticast(family, net::kCoapPort);
        if (!bound)
            continue; // the family may be missing; joining reports what goes wrong later
        auto group = std::make_unique<GroupSocket>(GroupSocket{*std::move(bound), {}, {}});
        auto* raw = group.get();
        raw->membership.emplace(raw->socket);
        raw->source = systemd::IoSource{loop_, raw->socket.fd(), EPOLLIN, [this, raw](std::uint32_t) {
                                            raw->socket.receive([this](const auto& received) { onGroup(received); });
                                            for (unsigned index = 0; index < devices_.size(); ++index)
                                                pump(index);
                                        }};
        groups_.push_back(std::move(group));
    }
    if (groups_.empty())
        return Failure{Reason::inputOutput, "no multicast socket on port 5683", "find out who holds UDP port 5683"};
    return {};
}

void Agent::onClear(unsigned index, const net::Received& received) {
    if (received.multicast)
        return onGroup(received);
    if (!served(received))
        return;
    auto& hosted = *devices_[index];
    hosted.device->receiveClear({received.peer, 0, hosted.sockets->wayBack(received)},
                                {false, received.local, received.interface}, received.octets, loop_.now());
}

/// Wildcard sockets also hear the interfaces nobody chose, such as the way to the Internet.
bool Agent::served(const net::Received& received) const {
    return served_.contains(received.interface) || received.peer.isLoopback();
}

void Agent::onGroup(const net::Received& received) {
    if (!served(received))
        return;
    for (unsigned index = 0; index < devices_.size(); ++index) {
        auto& hosted = *devices_[index];
        hosted.device->receiveClear({received.peer, 0, hosted.sockets->wayBack(received)},
                                    {true, received.local, received.interface}, received.octets, loop_.now());
        if (index != 0)
            pump(index); // the caller pumps the socket's own device
    }
}

void Agent::onSecure(unsigned index, const net::Received& received) {
    if (received.multicast || !served(received))
        return; // facts 7.3: secure requests never by multicast
    auto& hosted = *devices_[index];
    hosted.device->receiveSecure(received.peer, {false, received.local, received.interface}, received.octets,
                                 loop_.now());
}

void Agent::updateInterfaces() {
    const auto all = net::listInterfaces();
    if (!all)
        return journal::log(journal::Priority::error, "listing network interfaces", all.failure());
    const auto chosen = selection_.chosenFrom(*all);
    if (chosen.empty())
        journal::log({journal::Priority::warning, {}, selection_.explainNone(*all), {}});
    std::vector<ocf::LocalAddress> addresses;
    served_.clear();
    for (const auto& interface : chosen) {
        served_.insert(interface.index);
        for (const auto& address : interface.addresses)
            addresses.push_back({interface.index, address.address, address.prefixLength});
    }
    for (unsigned index = 0; index < devices_.size(); ++index) {
        devices_[index]->sockets->join(chosen);
        devices_[index]->device->setEndpoints(addresses, devices_[index]->sockets->ports());
        pump(index);
    }
    for (auto& group : groups_)
        for (const auto& failure : group->membership->update(chosen))
            journal::log(journal::Priority::warning, "joining multicast groups", failure);
}

} // namespace ocfsecd
