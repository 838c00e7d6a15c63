#include "tools/bench/clients.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <system_error>
#include <utility>

namespace ocfsecd::bench {

namespace {

constexpr Duration kRetransmissionStep = 50ms; ///< how exactly the clients' timers are kept
constexpr Duration kEvery = 1ms;
constexpr std::size_t kServedPerTurn = 256;

} // namespace

Clients::Clients(const Target& target, Watcher& watcher, unsigned hosts)
    : target_{target}, watcher_{watcher}, hosts_{std::max(hosts, 1U)}, set_{::epoll_create1(EPOLL_CLOEXEC)} {
    if (!set_)
        throw std::system_error{errno, std::generic_category(), "epoll_create1"};
    setSource_ = systemd::IoSource{loop_, set_.get(), EPOLLIN, [this](std::uint32_t) { serve(); }};
}

Result<ClientId> Clients::open() {
    const auto id = ++last_;
    auto socket = connectTo(target_.server, id % hosts_);
    if (!socket)
        return socket.failure();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = id;
    if (::epoll_ctl(set_.get(), EPOLL_CTL_ADD, socket->get(), &event) != 0)
        throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
    dtls::ClientParameters parameters;
    parameters.suite = dtls::Suite::ecdhePskAes128CbcSha256;
    parameters.chooseKey = [this](ByteView) { return std::optional{target_.key}; };
    const auto at = now();
    dtls::Output out;
    auto session = dtls::makeClientSession(std::move(parameters), at, out, target_.ownEngine);
    clients_.emplace(id, Client{*std::move(socket), std::move(session), at, false});
    handshaking_.insert(id);
    deliver(id, out);
    return id;
}

void Clients::send(ClientId id, ByteView message) {
    const auto at = clients_.find(id);
    if (at == clients_.end())
        return;
    dtls::Output out;
    at->second.session->send(message, now(), out);
    for (const auto& datagram : out.datagrams)
        sendOn(at->second.socket.get(), datagram);
}

void Clients::close(ClientId id) {
    const auto at = clients_.find(id);
    if (at == clients_.end())
        return;
    dtls::Output out;
    at->second.session->close(now(), out);
    for (const auto& datagram : out.datagrams)
        sendOn(at->second.socket.get(), datagram);
    clients_.erase(at);
    handshaking_.erase(id);
}

void Clients::giveUp() {
    for (const auto id : std::exchange(handshaking_, {}))
        clients_.erase(id);
}

void Clients::run(TimePoint until, const std::function<bool()>& enough, const std::function<void()>& every) {
    while (now() < until && !(enough && enough())) {
        if (every)
            every();
        if (now() >= nextRetransmission_)
            retransmit();
        auto patience = std::chrono::ceil<Duration>(until - now());
        if (!handshaking_.empty())
            patience = std::min(patience, kRetransmissionStep);
        if (every)
            patience = std::min(patience, kEvery);
        loop_.turn(std::max(patience, Duration{0}));
    }
}

void Clients::serve() {
    std::array<epoll_event, kServedPerTurn> events;
    const int count = ::epoll_wait(set_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i)
        receive(events[static_cast<std::size_t>(i)].data.u32);
}

void Clients::receive(ClientId id) {
    std::array<std::uint8_t, kMaxAnswer> room;
    // One datagram per turn and client: what more there is, the level-triggered set reports again.
    const auto at = clients_.find(id);
    if (at == clients_.end())
        return; // closed by what another client's datagram caused
    const auto datagram = receiveOn(at->second.socket.get(), room);
    if (!datagram)
        return;
    dtls::Output out;
    at->second.session->feed(*datagram, now(), out);
    deliver(id, out);
}

void Clients::deliver(ClientId id, dtls::Output& out) {
    auto at = clients_.find(id);
    auto& client = at->second;
    for (const auto& datagram : out.datagrams)
        sendOn(client.socket.get(), datagram);
    if (client.session->phase() == dtls::Phase::closed) {
        const auto reason = client.session->closeReason();
        clients_.erase(at);
        handshaking_.erase(id);
        watcher_.closed(id, reason);
        return;
    }
    if (!client.established && client.session->phase() == dtls::Phase::established) {
        client.established = true;
        handshaking_.erase(id);
        watcher_.established(id);
    }
    for (const auto& message : out.messages)
        if (clients_.contains(id))
            watcher_.message(id, message);
}

void Clients::retransmit() {
    const auto at = now();
    nextRetransmission_ = at + kRetransmissionStep;
    const std::vector<ClientId> waiting{handshaking_.begin(), handshaking_.end()};
    for (const auto id : waiting) {
        const auto found = clients_.find(id);
        if (found == clients_.end())
            continue;
        const auto deadline = found->second.session->deadline();
        if (!deadline || *deadline > at)
            continue;
        dtls::Output out;
        found->second.session->tick(at, out);
        deliver(id, out);
    }
}

} // namespace ocfsecd::bench
