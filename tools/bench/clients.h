#pragma once
// Many DTLS clients in one thread: a socket and a session each, one event loop. Their sockets hang in one epoll set of
// their own, which the loop watches as a whole: a turn of the loop then serves all that wait, not one.

#include "base/clock.h"
#include "dtls/session.h"
#include "systemd/fd.h"
#include "systemd/loop.h"
#include "tools/bench/key.h"
#include "tools/bench/socket.h"

#include <functional>
#include <unordered_map>
#include <unordered_set>

namespace ocfsecd::bench {

using ClientId = std::uint32_t; ///< never reused, never 0

/// What happened to a client. It may be closed, and others opened, from inside.
class Watcher {
public:
    virtual ~Watcher() = default;
    virtual void established(ClientId) {}
    virtual void message(ClientId, ByteView) {}
    virtual void closed(ClientId, const dtls::Close&) {} ///< by the server, or never established; gone afterwards
};

class Clients {
public:
    /// `hosts`: how many source addresses they are spread over, on IPv4 loopback.
    Clients(const Target& target, Watcher& watcher, unsigned hosts);
    Clients(const Clients&) = delete;
    Clients& operator=(const Clients&) = delete;

    /// Starts a handshake.
    Result<ClientId> open();
    void send(ClientId id, ByteView message);
    /// With close_notify.
    void close(ClientId id);
    /// Forgets, without a word, whose handshake still runs.
    void giveUp();
    TimePoint openedAt(ClientId id) const { return clients_.at(id).opened; }
    std::size_t size() const { return clients_.size(); }
    std::size_t handshaking() const { return handshaking_.size(); }

    /// Turns the loop until then, or until `enough`. `every` is called between turns, at least each millisecond when
    /// given.
    void run(TimePoint until, const std::function<bool()>& enough = {}, const std::function<void()>& every = {});
    TimePoint now() const { return loop_.now(); }

private:
    struct Client {
        systemd::Fd socket;
        std::unique_ptr<dtls::Session> session;
        TimePoint opened;
        bool established = false;
    };
    void serve();
    void receive(ClientId id);
    void deliver(ClientId id, dtls::Output& out);
    void retransmit();

    Target target_;
    Watcher& watcher_;
    unsigned hosts_;
    systemd::Loop loop_;
    systemd::Fd set_; ///< epoll set of the clients' sockets
    systemd::IoSource setSource_;
    std::unordered_map<ClientId, Client> clients_;
    std::unordered_set<ClientId> handshaking_; ///< only these have timers
    TimePoint nextRetransmission_{};
    ClientId last_ = 0;
};

} // namespace ocfsecd::bench
