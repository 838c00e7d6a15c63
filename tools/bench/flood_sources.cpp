#include "tools/bench/flood_sources.h"

#include "tools/bench/socket.h"

#include <algorithm>
#include <array>

namespace ocfsecd::bench {

namespace {

constexpr unsigned kFirstHost = 1000; ///< the honest clients have others
constexpr Duration kCookiePatience = 2s;
constexpr std::size_t kMaxBurst = 1000; ///< after a pause the debt is not paid at once

/// Our engine's: it costs the attacker no key before the server's answer.
std::unique_ptr<dtls::Session> newSession(TimePoint now, dtls::Output& out) {
    dtls::ClientParameters parameters;
    parameters.suite = dtls::Suite::ecdhePskAes128CbcSha256;
    parameters.chooseKey = [](ByteView) { return std::optional<dtls::ClientKey>{}; };
    return dtls::makeClientSession(std::move(parameters), now, out, true);
}

} // namespace

std::size_t Rate::due(TimePoint now) {
    if (last_ == TimePoint{})
        last_ = now;
    owed_ += perSecond_ * std::chrono::duration<double>{now - last_}.count();
    last_ = now;
    const auto count = std::min(static_cast<std::size_t>(owed_), kMaxBurst);
    owed_ = std::min(owed_ - static_cast<double>(count), static_cast<double>(kMaxBurst));
    return count;
}

HelloFlood::HelloFlood(const Target& target, double perSecond, unsigned hosts, TimePoint now)
    : target_{target}, hosts_{std::max(hosts, 1U)}, rate_{perSecond} {
    dtls::Output out;
    const auto session = newSession(now, out);
    hello_ = std::move(out.datagrams.at(0));
}

Result<void> HelloFlood::open() {
    for (unsigned host = 0; host < hosts_; ++host) {
        auto socket = connectTo(target_.server, kFirstHost + host);
        if (!socket)
            return socket.failure();
        sockets_.push_back(*std::move(socket));
    }
    return {};
}

void HelloFlood::step(TimePoint now) {
    for (auto due = rate_.due(now); due > 0; --due) {
        sendOn(sockets_[sent_ % sockets_.size()].get(), hello_);
        ++sent_;
    }
}

Result<void> HalfOpenFlood::step(TimePoint now) {
    for (auto due = rate_.due(now); due > 0; --due) {
        auto socket = connectTo(target_.server, kFirstHost + next_++ % std::max(hosts_, 1U));
        if (!socket)
            return socket.failure();
        dtls::Output out;
        auto session = newSession(now, out);
        for (const auto& datagram : out.datagrams)
            sendOn(socket->get(), datagram);
        pending_.push_back({*std::move(socket), std::move(session), now});
    }
    std::array<std::uint8_t, kMaxAnswer> room;
    std::erase_if(pending_, [&](Pending& one) {
        const auto cookie = receiveOn(one.socket.get(), room);
        if (!cookie)
            return one.since + kCookiePatience < now;
        dtls::Output out;
        one.session->feed(*cookie, now, out);
        for (const auto& datagram : out.datagrams)
            sendOn(one.socket.get(), datagram);
        ++left_;
        return true;
    });
    return {};
}

} // namespace ocfsecd::bench
