#include "network.h"

#include "skip.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <stdexcept>

namespace ocfsecd::test {

namespace {

/// More turns than this at one moment: somebody's deadline does not move on.
constexpr unsigned kMaxTurns = 200000;
/// The real world does not tell when a condition has become true: it is looked at so often.
constexpr Duration kLook = 5ms;

} // namespace

void TestRandom::fill(MutableByteView out) {
    for (auto& octet : out) {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        octet = static_cast<std::uint8_t>(state_ >> 24);
    }
}

void Network::send(Packet packet) {
    trace.push_back(packet);
    const auto fated = fate(packet);
    for (unsigned copy = 0; copy < fated.copies; ++copy)
        underWay_.emplace(now() + fated.delay, packet);
}

std::optional<TimePoint> Network::next() const {
    std::optional<TimePoint> at;
    if (!underWay_.empty())
        at = underWay_.begin()->first;
    for (const auto* host : hosts_)
        at = earlier(at, host->deadline());
    return at;
}

/// One packet, else one host's deadline. False: nothing more happens now.
bool Network::step() {
    now_ = now();
    if (!underWay_.empty() && underWay_.begin()->first <= now_) {
        const auto packet = std::move(underWay_.extract(underWay_.begin()).mapped());
        const auto hosts = hosts_; // a receiver may make hosts
        for (auto* host : hosts)
            if (host->hears(packet.to))
                host->receive(packet);
        return true;
    }
    for (auto* host : hosts_) {
        const auto at = host->deadline();
        if (!at || *at > now_)
            continue;
        host->tick();
        return true;
    }
    return false;
}

void Network::stepAll() {
    for (unsigned turn = 0; step(); ++turn)
        if (turn > kMaxTurns)
            throw std::logic_error{"the simulation does not come to rest"};
}

void Network::settle() {
    stepAll();
    if (!isReal())
        return;
    world_->settle();
    stepAll();
}

void Network::advance(Duration by) {
    if (isReal()) {
        if (by > kPatience)
            skipTest(fmt::format("takes {} s of real time", std::chrono::ceil<std::chrono::seconds>(by).count()));
        untilInReality([] { return false; }, now() + by);
        return;
    }
    const auto end = now_ + by;
    for (settle();; settle()) {
        const auto at = next();
        if (!at || *at > end)
            break;
        now_ = std::max(now_, *at);
    }
    now_ = end;
    settle();
}

bool Network::until(const std::function<bool()>& done, Duration limit) {
    if (isReal())
        return untilInReality(done, now() + limit);
    const auto end = now_ + limit;
    for (unsigned turn = 0; !done(); ++turn) {
        if (turn > kMaxTurns)
            throw std::logic_error{"the simulation does not come to rest"};
        if (step())
            continue;
        const auto at = next();
        if (!at || *at > end)
            return false;
        now_ = std::max(now_, *at);
        turn = 0;
    }
    return true;
}

bool Network::untilInReality(const std::function<bool()>& done, TimePoint end) {
    for (stepAll(); !done(); stepAll()) {
        if (now() >= end)
            return false;
        const auto look = std::min(end, now() + kLook);
        world_->wait(std::min(look, next().value_or(look)));
    }
    return true;
}

Network::FateOf roughNetwork(std::uint64_t seed, unsigned lost, unsigned doubled, unsigned delayed, Duration delay) {
    auto random = std::make_shared<TestRandom>(seed);
    return [=](const Packet&) {
        Fate fate;
        if (random->below(100) < lost)
            fate.copies = 0;
        else if (random->below(100) < doubled)
            fate.copies = 2;
        if (random->below(100) < delayed)
            fate.delay = Duration{random->below(static_cast<std::uint32_t>(delay.count()) + 1)};
        return fate;
    };
}

} // namespace ocfsecd::test
