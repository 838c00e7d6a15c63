#pragma once
// Two sessions, a wire between them that does what a test says, and a clock that only moves when told.

#include "base/random.h"
#include "dtls/ocf_suite/engine.h"
#include "dtls/record.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <random>

namespace ocfsecd::dtls::ocf_suite::test {

inline Bytes hex(std::string_view text) {
    return *fromHex(text);
}

inline const Bytes kIdentity = hex("00bcb47c1eb94b894132c2d2181ca900"); // zero octets at both ends
inline const Bytes kHint = hex("00ab1c3055556600777788888888aa00");
inline const Bytes kKey = hex("000102030405060708090a0b0c0d0e0f");
inline constexpr auto kAnon = Suite::ecdhAnonAes128CbcSha256;
inline constexpr auto kPsk = Suite::ecdhePskAes128CbcSha256;

/// Reproducible; not a constant, which the curve's scalar would refuse for ever.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : generator_{seed} {}
    void fill(MutableByteView out) override {
        for (auto& octet : out)
            octet = static_cast<std::uint8_t>(generator_());
    }

private:
    std::mt19937_64 generator_;
};

inline ClientParameters clientOf(Suite suite, Bytes key = kKey, Timers timers = {}) {
    ClientParameters parameters;
    parameters.suite = suite;
    parameters.chooseKey = [key](ByteView) { return std::optional{ClientKey{kIdentity, shareSecret(key)}}; };
    parameters.timers = timers;
    return parameters;
}

/// No cookie exchange: the client's first hello is the one the server is fed.
inline ServerParameters serverOf(Suite suite, Timers timers = {}) {
    return {{suite}, kHint, {0, 0, 0}, timers};
}

/// Takes a datagram, gives what arrives in its stead (nothing: lost).
using Wire = std::function<std::vector<Bytes>(bool toServer, const Bytes&)>;

struct Side {
    std::unique_ptr<Session> session;
    std::vector<Bytes> messages;
};

class Pair {
public:
    explicit Pair(std::uint64_t seed = 1) : serverRandom{seed * 2}, clientRandom{seed * 2 + 1} {}

    void startServer(ServerParameters parameters, EngineOptions options = {}) {
        server.session = makeServer(std::move(parameters), serverRandom, now, options);
    }
    void startClient(ClientParameters parameters, EngineOptions options = {}) {
        Output out;
        client.session = makeClient(std::move(parameters), clientRandom, now, out, options);
        send(true, out);
    }
    void connect(Suite suite, EngineOptions options = {}) {
        startServer(serverOf(suite), options);
        startClient(clientOf(suite), options);
        run();
    }

    bool established() const {
        return server.session->phase() == Phase::established && client.session->phase() == Phase::established;
    }

    void clientSend(std::string_view text) {
        Output out;
        client.session->send(viewOf(text), now, out);
        send(true, out);
        run();
    }
    void serverSend(std::string_view text) {
        Output out;
        server.session->send(viewOf(text), now, out);
        send(false, out);
        run();
    }

    /// Until nothing moves.
    void run() {
        while (!queue.empty()) {
            const auto at = queue.begin() + static_cast<std::ptrdiff_t>(pick(queue.size()));
            auto next = std::move(*at);
            queue.erase(at);
            for (const auto& octets : wire(next.first, next.second))
                deliver(next.first, octets);
        }
    }

    void deliver(bool toServer, ByteView octets) {
        auto& side = toServer ? server : client;
        if (!side.session)
            return;
        Output out;
        side.session->feed(octets, now, out);
        std::ranges::move(out.messages, std::back_inserter(side.messages));
        send(!toServer, out);
        if (toServer && answerKey && side.session->phase() == Phase::waitingForKey)
            provideKey(shareSecret(serverKey));
    }

    void provideKey(SharedSecret key) {
        Output out;
        server.session->provideKey(std::move(key), now, out);
        std::ranges::move(out.messages, std::back_inserter(server.messages));
        send(false, out);
    }

    /// Moves the clock, stopping at every deadline of either side.
    void advance(Duration by) {
        const auto end = now + by;
        for (;;) {
            std::optional<TimePoint> next;
            for (auto* side : {&server, &client})
                if (side->session)
                    next = earlier(next, side->session->deadline());
            if (!next || *next > end)
                break;
            now = std::max(now, *next);
            for (auto* side : {&server, &client}) {
                if (!side->session)
                    continue;
                Output out;
                side->session->tick(now, out);
                send(side == &client, out);
            }
            run();
        }
        now = end;
    }

    void send(bool toServer, Output& out) {
        for (auto& octets : out.datagrams) {
            (toServer ? fromClient : fromServer).push_back(octets);
            queue.push_back({toServer, std::move(octets)});
        }
        out.datagrams.clear();
    }

    TimePoint now{std::chrono::hours{1}};
    SeededRandom serverRandom, clientRandom;
    Bytes serverKey = kKey;
    bool answerKey = true;
    Wire wire = [](bool, const Bytes& octets) { return std::vector<Bytes>{octets}; };
    std::function<std::size_t(std::size_t)> pick = [](std::size_t) { return std::size_t{0}; }; ///< reorders
    Side server, client;
    std::deque<std::pair<bool, Bytes>> queue;
    std::vector<Bytes> fromClient, fromServer; ///< everything ever sent
};

} // namespace ocfsecd::dtls::ocf_suite::test
