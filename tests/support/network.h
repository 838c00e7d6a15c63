#pragma once
// A network and a clock in one process: datagrams travel when told, time moves from deadline to deadline, and
// everything happens in the same order on every run. Or, where the device is a process of its own, the near side of a
// real network: time is real, and what arrives is waited for.

#include "base/address.h"
#include "base/clock.h"
#include "base/random.h"
#include "coap/client.h"

#include <functional>
#include <map>
#include <vector>

namespace ocfsecd::test {

/// Reproducible; different every call.
class TestRandom final : public Random {
public:
    explicit TestRandom(std::uint64_t seed = 1) : state_{seed * 0x9e3779b97f4a7c15 + 1} {}
    void fill(MutableByteView out) override;

private:
    std::uint64_t state_;
};

struct Packet {
    Address from;
    Address to;
    Bytes octets;
    bool operator==(const Packet&) const = default;
};

/// What the network does with one packet.
struct Fate {
    unsigned copies = 1; ///< 0: lost
    Duration delay{0};   ///< with a delay it is overtaken by later ones
};

/// Somebody with addresses.
class Host {
public:
    virtual ~Host() = default;
    virtual bool hears(const Address& to) const = 0;
    virtual void receive(const Packet& packet) = 0;
    virtual void tick() = 0;
    virtual std::optional<TimePoint> deadline() const = 0;
};

/// The real world: its clock, and what arrives from it.
class RealWorld {
public:
    virtual ~RealWorld() = default;
    /// Returns at that moment, or earlier when something has arrived and was sent on into the network.
    virtual void wait(TimePoint until) = 0;
    /// Until the other side has taken all that was sent to it, and its answers are here.
    virtual void settle() = 0;
};

class Network {
public:
    using FateOf = std::function<Fate(const Packet&)>;

    void attach(Host& host) { hosts_.push_back(&host); }
    void detach(Host& host) { std::erase(hosts_, &host); }
    void send(Packet packet);

    /// From now on time is real.
    void enter(RealWorld& world) { world_ = &world; }
    bool isReal() const { return world_ != nullptr; }

    TimePoint now() const { return isReal() ? std::chrono::steady_clock::now() : now_; }
    /// Everything that happens at this very moment.
    void settle();
    /// Lets time pass. In the real world no test waits longer than kPatience: it ends there, skipped.
    void advance(Duration by);
    static constexpr Duration kPatience = 3s;
    /// Lets time pass until `done` or until `limit` has passed; tells whether it is done.
    bool until(const std::function<bool()>& done, Duration limit = std::chrono::minutes{5});

    FateOf fate = [](const Packet&) { return Fate{}; };
    std::vector<Packet> trace;    ///< everything sent, also what was lost
    coap::ClientSettings clients; ///< of the peers

private:
    bool step();
    void stepAll();
    bool untilInReality(const std::function<bool()>& done, TimePoint end);
    std::optional<TimePoint> next() const;

    RealWorld* world_ = nullptr;
    TimePoint now_{std::chrono::hours{1}};
    std::vector<Host*> hosts_;
    std::multimap<TimePoint, Packet> underWay_;
};

/// Loses, doubles and delays by a reproducible draw; percentages of all packets.
Network::FateOf roughNetwork(std::uint64_t seed, unsigned lost, unsigned doubled = 0, unsigned delayed = 0,
                             Duration delay = 300ms);

} // namespace ocfsecd::test
