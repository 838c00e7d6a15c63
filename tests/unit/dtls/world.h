#pragma once
// One listener, any number of clients, a wire in between and a clock that only moves when told: all in one process.

#include "base/random.h"
#include "dtls/listener.h"
#include "dtls/record.h"

#include <algorithm>
#include <deque>
#include <map>

namespace ocfsecd::dtls::test {

inline Bytes hex(std::string_view text) {
    return *fromHex(text);
}

inline const Bytes kClientUuid = hex("b0b00000111122223333444444444444"); // with zero octets, as any UUID may be
inline const Bytes kPlainHint = hex("a71c3011555566667777888888888888");
inline const Bytes kZeroHint = hex("00ab1c3055556600777788888888aa00");
inline const Bytes kKey = hex("000102030405060708090a0b0c0d0e0f");

inline Address address(std::uint16_t port, std::uint8_t host = 1) {
    return Address::v4({192, 0, 2, host}, port);
}

class FakeGate final : public Gate {
public:
    Admission admit(const Address& peer, TimePoint) override {
        ++asked;
        lastPeer = peer;
        return admission;
    }
    Admission admission{true, {Suite::ecdhePskAes128CbcSha256}, nullptr, kPlainHint, {}};
    Address lastPeer;
    int asked = 0;
};

/// Takes a datagram, gives what arrives in its stead (nothing: lost).
using Wire = std::function<std::vector<Bytes>(bool toServer, const Bytes&)>;

struct Client {
    std::unique_ptr<Session> session;
    std::vector<Bytes> messages;
    std::vector<Bytes> received; ///< datagrams, as they came
};

inline ClientParameters pskClient(Bytes identity = kClientUuid, Bytes key = kKey, Timers timers = {}) {
    return {Suite::ecdhePskAes128CbcSha256,
            [identity, key](ByteView) {
                return std::optional{ClientKey{identity, shareSecret(key)}};
            },
            nullptr,
            {},
            timers};
}

class World {
public:
    explicit World(ListenerSettings settings = {}) : listener{settings, gate, random, now} {}

    Client& connect(const Address& at, ClientParameters parameters, bool ownEngine = false) {
        auto& client = clients[at];
        client = {};
        Output out;
        client.session = makeClientSession(std::move(parameters), now, out, ownEngine);
        fromClient(at, out);
        run();
        return client;
    }

    /// A client of another make; `first` is what it has already sent.
    Client& attach(const Address& at, std::unique_ptr<Session> session, Output& first) {
        auto& client = clients[at];
        client = {};
        client.session = std::move(session);
        fromClient(at, first);
        run();
        return client;
    }

    /// Hands over what a client sent outside the calls here.
    void carry(const Address& at, Output& out) {
        fromClient(at, out);
        run();
    }

    void clientSend(const Address& at, std::string_view text) {
        Output out;
        clients.at(at).session->send(viewOf(text), now, out);
        fromClient(at, out);
        run();
    }

    void serverSend(SessionId id, std::string_view text) {
        listener.send(id, viewOf(text), now);
        run();
    }

    void clientClose(const Address& at) {
        Output out;
        clients.at(at).session->close(now, out);
        fromClient(at, out);
        run();
    }

    void answerKey(SessionId id, SharedSecret key) {
        listener.provideKey(id, std::move(key), now);
        run();
    }

    void stepDone(SessionId id) {
        listener.stepDone(id, now);
        run();
    }

    /// Puts a datagram on the wire as if it came from there.
    void inject(const Address& from, Bytes datagram) {
        toServer_.push_back({from, std::move(datagram)});
        run();
    }

    /// Until nothing moves.
    void run() {
        for (;;) {
            collect();
            if (!toServer_.empty()) {
                const auto next = take(toServer_);
                for (const auto& octets : wire(true, next.octets))
                    listener.feed(next.peer, octets, now, route);
                continue;
            }
            if (toClients_.empty())
                return;
            const auto next = take(toClients_);
            for (const auto& octets : wire(false, next.octets)) {
                sentToClients.push_back({next.peer, octets, next.route});
                const auto at = clients.find(next.peer);
                if (at == clients.end() || !at->second.session)
                    continue;
                at->second.received.push_back(octets);
                Output out;
                at->second.session->feed(octets, now, out);
                std::ranges::move(out.messages, std::back_inserter(at->second.messages));
                fromClient(next.peer, out);
            }
        }
    }

    /// Moves the clock, stopping at every deadline of either side.
    void advance(Duration by) {
        const auto end = now + by;
        for (;;) {
            auto next = listener.deadline();
            for (const auto& [at, client] : clients)
                if (client.session)
                    next = earlier(next, client.session->deadline());
            if (!next || *next > end)
                break;
            now = std::max(now, *next);
            listener.tick(now);
            for (auto& [at, client] : clients) {
                if (!client.session)
                    continue;
                Output out;
                client.session->tick(now, out);
                fromClient(at, out);
            }
            run();
        }
        now = end;
        listener.tick(now);
        run();
    }

    std::vector<ListenerEvent> of(ListenerEvent::Kind kind) const {
        std::vector<ListenerEvent> out;
        std::ranges::copy_if(events, std::back_inserter(out), [&](const auto& e) { return e.kind == kind; });
        return out;
    }
    std::size_t count(ListenerEvent::Kind kind) const { return of(kind).size(); }

    TimePoint now{std::chrono::hours{1}};
    SystemRandom random;
    FakeGate gate;
    std::map<Bytes, Bytes> keys{{kClientUuid, kKey}}; ///< answers keyWanted at once …
    SignDigest sign;                                  ///< runs every step at once, when set
    bool answerKeys = true;                           ///< … unless told not to
    Wire wire = [](bool, const Bytes& octets) { return std::vector<Bytes>{octets}; };
    std::function<std::size_t(std::size_t)> pick = [](std::size_t) { return std::size_t{0}; }; ///< reorders
    Route route;                                                                               ///< of what clients send
    Listener listener;
    std::map<Address, Client> clients;
    std::vector<ListenerEvent> events;
    std::vector<Datagram> sentToClients;

private:
    void fromClient(const Address& at, Output& out) {
        for (auto& octets : out.datagrams)
            toServer_.push_back({at, std::move(octets)});
    }

    Datagram take(std::deque<Datagram>& queue) const {
        const auto at = queue.begin() + static_cast<std::ptrdiff_t>(pick(queue.size()));
        auto out = std::move(*at);
        queue.erase(at);
        return out;
    }

    void collect() {
        for (auto& datagram : listener.takeDatagrams())
            toClients_.push_back(std::move(datagram));
        for (auto& event : listener.takeEvents()) {
            events.push_back(event);
            if (event.kind == ListenerEvent::Kind::stepWanted && sign) {
                event.step(sign);
                listener.stepDone(event.session, now);
                collect();
            }
            if (event.kind != ListenerEvent::Kind::keyWanted || !answerKeys)
                continue;
            const auto key = keys.find(event.identity);
            listener.provideKey(event.session, key == keys.end() ? nullptr : shareSecret(key->second), now);
            collect();
        }
    }

    std::deque<Datagram> toServer_;
    std::deque<Datagram> toClients_;
};

/// Plaintext handshake messages of a type in what a client received, whole; fragments put together in order.
inline std::vector<Bytes> receivedMessages(const Client& client, std::uint8_t type) {
    std::vector<Bytes> out;
    for (const auto& datagram : client.received) {
        ByteView records{datagram};
        while (const auto record = nextRecord(records)) {
            if (record->type != ContentType::handshake || record->epoch != 0)
                continue;
            auto rest = record->fragment;
            while (const auto message = nextFragment(rest)) {
                if (message->type != type)
                    continue;
                if (message->offset == 0)
                    out.emplace_back();
                if (!out.empty() && out.back().size() == message->offset)
                    out.back().insert(out.back().end(), message->body.begin(), message->body.end());
            }
        }
    }
    return out;
}

} // namespace ocfsecd::dtls::test
