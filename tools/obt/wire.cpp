#include "tools/obt/wire.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <sys/epoll.h>

namespace ocfsecd::obt {

namespace {

constexpr Duration kProgressInterval = 250ms; // the progress line counts seconds

Address wildcard(Address::Family family) {
    return family == Address::Family::v4 ? Address::v4({}, 0) : Address::v6({}, 0);
}

} // namespace

struct Wire::Line {
    net::UdpSocket socket;
    unsigned interface = 0;
    SessionId session = 0; ///< 0: carries clear CoAP
    systemd::IoSource source{};
};

struct Wire::Association {
    std::unique_ptr<dtls::Session> session;
    LineId line = 0;
    Address peer;    ///< where it was called
    Address follows; ///< where its answers come from (Q35: perhaps another port)
    bool heard = false;
};

Wire::Wire(coap::ClientSettings settings, Random& random, Progress& progress)
    : client_{std::move(settings), random}, progress_{progress} {}

Wire::~Wire() {
    while (!associations_.empty())
        disconnect(associations_.begin()->first);
}

Result<LineId> Wire::openLine(Address::Family family, unsigned interface) {
    auto socket = net::UdpSocket::bind(wildcard(family));
    if (!socket)
        return Failure{Reason::unavailable, socket.failure().what, socket.failure().next};
    const auto id = ++lastLine_;
    auto& line = *(lines_[id] = std::unique_ptr<Line>{new Line{std::move(*socket), interface}});
    line.source = systemd::IoSource{loop_, line.socket.fd(), EPOLLIN, [this, id](std::uint32_t) {
                                        lines_.at(id)->socket.receive(
                                            [this, id](const net::Received& datagram) { receive(id, datagram); });
                                    }};
    return id;
}

void Wire::closeLine(LineId line) {
    lines_.erase(line);
}

void Wire::receive(LineId id, const net::Received& datagram) {
    const auto& line = *lines_.at(id);
    if (line.session == 0) {
        take(client_.receive({datagram.peer, 0, id}, datagram.octets, now()));
        return;
    }
    if (const auto found = associations_.find(line.session); found != associations_.end())
        feed(*found->second, datagram.peer, datagram.octets);
}

void Wire::feed(Association& association, const Address& from, ByteView datagram) {
    // Some devices answer from another port than they advertise (Q35); once a session stands its port is settled.
    const bool handshaking = association.session->phase() != dtls::Phase::established;
    const bool sameHost = from.withPort(0) == association.peer.withPort(0);
    if (from != association.follows && !(handshaking && !association.heard && sameHost))
        return;
    association.follows = from;
    association.heard = true;
    dtls::Output out;
    association.session->feed(datagram, now(), out);
    deliver(lines_.at(association.line)->session, association, out);
}

void Wire::deliver(SessionId id, Association& association, dtls::Output& out) {
    const auto& line = lines_.at(association.line);
    for (const auto& datagram : out.datagrams)
        // A datagram the kernel does not take is a lost one: it is sent again.
        static_cast<void>(line->socket.send(association.follows, datagram, {{}, line->interface}));
    for (const auto& message : out.messages)
        take(client_.receive({association.peer, id, association.line}, message, now()));
    if (association.session->phase() == dtls::Phase::closed)
        take(client_.dropSession(id));
}

void Wire::take(std::vector<coap::Answer> answers) {
    for (auto& answer : answers)
        answers_[answer.id].push_back(std::move(answer));
}

void Wire::flush() {
    for (const auto& outgoing : client_.takeOutgoing()) {
        const auto& channel = outgoing.channel;
        if (channel.session == 0) {
            if (const auto found = lines_.find(channel.socket); found != lines_.end())
                static_cast<void>(
                    found->second->socket.send(channel.peer, outgoing.datagram, {{}, found->second->interface}));
            continue;
        }
        const auto found = associations_.find(channel.session);
        if (found == associations_.end())
            continue;
        dtls::Output out;
        found->second->session->send(outgoing.datagram, now(), out);
        deliver(channel.session, *found->second, out);
    }
}

void Wire::pump(std::optional<TimePoint> until) {
    flush();
    auto wake = earlier(until, client_.deadline());
    for (const auto& [id, association] : associations_)
        wake = earlier(wake, association->session->deadline());
    const auto wait = wake ? std::chrono::ceil<Duration>(*wake - now()) : kProgressInterval;
    loop_.turn(std::clamp(wait, Duration{0}, kProgressInterval));
    take(client_.tick(now()));
    for (const auto& [id, association] : associations_) {
        dtls::Output out;
        association->session->tick(now(), out);
        deliver(id, *association, out);
    }
    flush();
    progress_.tick(now());
}

void Wire::sleepUntil(TimePoint until) {
    while (now() < until)
        pump(until);
}

Result<coap::Response> Wire::ask(const coap::Channel& channel, coap::Request request,
                                 std::optional<Duration> patience) {
    const auto until = patience ? std::optional{now() + *patience} : std::nullopt;
    const auto id = client_.call(channel, std::move(request), now());
    for (;;) {
        if (const auto found = answers_.find(id); found != answers_.end() && !found->second.empty()) {
            auto outcome = std::move(found->second.back().outcome);
            answers_.erase(found);
            if (auto* response = std::get_if<coap::Response>(&outcome))
                return std::move(*response);
            return std::get<Failure>(outcome);
        }
        if (until && now() >= *until) {
            client_.cancel(id);
            return Failure{Reason::timedOut, fmt::format("no answer from {}", channel.peer.text()), ""};
        }
        pump(until);
    }
}

void Wire::askAll(const std::vector<coap::Channel>& groups, const std::vector<coap::Request>& requests,
                  const Heard& heard) {
    std::set<coap::CallId> open;
    for (const auto& group : groups)
        for (const auto& request : requests)
            open.insert(client_.callMulticast(group, request, now()));
    bool more = true;
    while (more && !open.empty()) {
        pump(std::nullopt);
        for (const auto id : std::set{open}) {
            for (const auto& answer : std::exchange(answers_[id], {})) {
                const auto* response = std::get_if<coap::Response>(&answer.outcome);
                if (response != nullptr && more)
                    more = heard(answer.from, *response);
                if (answer.last)
                    open.erase(id);
            }
            answers_.erase(id);
        }
    }
    for (const auto id : open)
        client_.cancel(id);
}

Result<SessionId> Wire::connect(LineId line, const Address& peer, dtls::ClientParameters parameters, Proof proof) {
    const auto id = ++lastSession_;
    lines_.at(line)->session = id;
    dtls::Output out;
    auto session = dtls::makeClientSession(std::move(parameters), now(), out);
    auto& association =
        *(associations_[id] = std::unique_ptr<Association>{new Association{std::move(session), line, peer, peer}});
    deliver(id, association, out);
    while (association.session->phase() != dtls::Phase::established &&
           association.session->phase() != dtls::Phase::closed)
        pump(std::nullopt);
    if (association.session->phase() == dtls::Phase::established)
        return id;
    const auto failure = explainHandshake(association.session->closeReason(), peer, association.heard, proof);
    associations_.erase(id);
    return failure;
}

dtls::Session& Wire::session(SessionId id) {
    return *associations_.at(id)->session;
}

void Wire::disconnect(SessionId id) {
    const auto found = associations_.find(id);
    if (found == associations_.end())
        return;
    dtls::Output out;
    found->second->session->close(now(), out);
    deliver(id, *found->second, out);
    associations_.erase(found);
}

} // namespace ocfsecd::obt
