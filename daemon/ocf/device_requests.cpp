// A Device's requests: from a CoAP datagram to the answer, or to the commit that has to come first.

#include "ocf/device.h"
#include "svr/properties.h"
#include "svr/roles.h"
#include "svr/state_machine.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace ocfsecd::ocf {

namespace {

/// At most this many multicast answers wait at a time: what a flood of spoofed askers can make us keep.
constexpr std::size_t kMaxPacedDiscoveries = 32;
/// Of the writes that wait for a commit, half of them: who sends many must not make the owner's find no place.
constexpr std::size_t kMaxQueuedPerHost = 8;

} // namespace

void Device::take(const coap::Channel& channel, const Arrival& arrival, ByteView datagram,
                  Result<coap::Message> message, TimePoint now) {
    accept(coap_.receive(channel, arrival.multicast, datagram, std::move(message), now), channel, arrival, datagram,
           now);
}

/// What the datagram of that channel came to.
void Device::accept(Result<std::optional<coap::Incoming>> received, const coap::Channel& channel,
                    const Arrival& arrival, ByteView datagram, TimePoint now) {
    if (!received && received.failure().reason == Reason::malformed)
        return reportUnexpected(channel, datagram, received.failure());
    if (!received)
        return report({Event::Kind::requestRefused,
                       received.failure().reason,
                       received.failure().what,
                       received.failure().next,
                       {{"PEER", channel.peer.text()}}});
    if (!*received)
        return;
    auto& incoming = **received;
    if (!svr::isPlainText(viewOf(incoming.request.path))) { // the records it would get into are read as text
        reportUnexpected(channel, datagram,
                         {Reason::badOption, "the path of a request is no text", "send Uri-Path in UTF-8"});
        return incoming.multicast ? coap_.ignore(incoming.id)
                                  : coap_.respond(incoming.id, {.code = faceOf(Reason::badOption).coapCode}, now);
    }
    process({std::move(incoming), arrival}, now);
}

svr::Caller Device::callerOf(const coap::Channel& channel) const {
    svr::Caller caller;
    caller.docOpen = doc_.occupied();
    caller.at = wallTime();
    if (const auto found = peers_.find(channel.session); channel.secure() && found != peers_.end()) {
        caller.secure = true;
        caller.doc = doc_.is(channel.session);
        if (!found->second.uuid.isNil())
            caller.peer = found->second.uuid;
        if (const auto* credential = credentialOf(found->second); credential != nullptr && credential->role)
            caller.roles.push_back(*credential->role);
        if (found->second.certificate)
            for (auto& role : svr::rolesOf(found->second.certificate->asserted))
                caller.roles.push_back(std::move(role));
    }
    if (const auto* subject = oscore_.peer(channel)) {
        caller.secure = true;
        caller.peer = subject->uuid;
        caller.roles = subject->roles;
        caller.group = subject->group;
    }
    return caller;
}

/// A group's request: it is never answered.
bool Device::isGroups(const Waiting& waiting) const {
    return waiting.incoming.multicast && OscoreContexts::isInside(waiting.incoming.channel);
}

World Device::world(const svr::Capabilities& capabilities) const {
    return {state_, capabilities, settings_.core, settings_.access, endpoints_, doc_.occupied(), &audit_.log()};
}

void Device::process(Waiting waiting, TimePoint now) {
    const auto& incoming = waiting.incoming;
    const bool ended = incoming.channel.secure()
                           ? !peers_.contains(incoming.channel.session)
                           : OscoreContexts::isInside(incoming.channel) && oscore_.peer(incoming.channel) == nullptr;
    if (ended)
        return; // while it waited: it must not be judged as somebody without a session
    if (incoming.multicast && incoming.request.method != coap::Method::get && !isGroups(waiting))
        return coap_.ignore(incoming.id); // one datagram must not change all devices of a network
    if (!concerns(state_, incoming.request, incoming.multicast))
        return coap_.ignore(incoming.id);
    const auto peer = peers_.find(incoming.channel.session);
    auto* session = peer != peers_.end() && peer->second.certificate ? &*peer->second.certificate : nullptr;
    if (peer != peers_.end() && isOver(peer->second))
        return listener_.close(incoming.channel.session, now); // facts 2.4: its key holds no longer
    if (session != nullptr && !isTrusted(incoming.channel.session, peer->second))
        return; // it is about to be closed
    if (session != nullptr)
        svr::dropExpired(session->asserted, wallTime()); // facts 2.8: at the next access decision
    const auto world = this->world(capabilities());
    Asked asked{incoming.request, callerOf(incoming.channel), waiting.arrival, incoming.channel.peer, {}};
    if (const auto decision = authorise(world, asked); !decision.allowed) {
        const auto failure = decision.failure();
        reportRefusal(Event::Kind::accessDenied, failure, waiting);
        return incoming.multicast ? coap_.ignore(incoming.id) : refuse(waiting, failure, now);
    }
    if (incoming.continues)
        return coap_.resume(incoming.id, now);
    if (incoming.request.method != coap::Method::get && (commit_ || resetting_ == Resetting::marking)) {
        const auto ofHost = std::ranges::count(queue_, incoming.channel.peer.withPort(0), [](const Waiting& other) {
            return other.incoming.channel.peer.withPort(0);
        });
        if (queue_.size() >= settings_.maxQueuedWrites || static_cast<std::size_t>(ofHost) >= kMaxQueuedPerHost)
            return refuse(waiting, {Reason::busy, "too many changes wait for a commit", "try again in a second"}, now);
        queue_.push_back(std::move(waiting));
        return;
    }
    if (asked.caller.doc && state_.pstat.state == svr::OnboardingState::rfotm)
        asked.docKeyBlock = [this] { return listener_.keyBlock(doc_.session()); };
    asked.session = session;
    auto reply = dispatch(world, asked, random_);
    if (reply.asserted && session != nullptr)
        session->asserted = *std::move(reply.asserted);
    conclude(waiting, std::move(reply), now);
}

void Device::conclude(const Waiting& waiting, svr::Reply reply, TimePoint now) {
    const auto id = waiting.incoming.id;
    if (reply.silent)
        return coap_.ignore(id);
    if (reply.failure) {
        if (reply.failure->reason == Reason::notAuthorised) // decided by the property that was to be written
            reportRefusal(Event::Kind::accessDenied, *reply.failure, waiting);
        return refuse(waiting, *reply.failure, now);
    }
    if (reply.selectedMethod == svr::oxm::randomPin) {
        if (auto made = pin_.select(random_, now); !made)
            return refuse(waiting, made.failure(), now);
        pinGone_ = {};
        effects_.pins.push_back({pin_.shown(), {}});
    } else if (reply.selectedMethod) {
        voidPin("replaced");
    }
    if (reply.csrRequested)
        return requestCsr(waiting, std::move(reply), now);
    if (reply.resetRequested) {
        if (resetting_ != Resetting::no)
            return refuse(waiting, {Reason::busy, "a RESET is already under way", "discover the device again"}, now);
        const bool owned = svr::isDurable(state_);
        if (!owned) {
            answer(waiting, responseOf(reply), now);
            return beginReset(false, now);
        }
        resetRequests_.push_back(waiting);
        return startMarking();
    }
    if (reply.next) {
        if (svr::isDurable(*reply.next)) {
            Commit commit;
            commit.waiting = waiting;
            commit.response = responseOf(reply);
            return startCommit(*std::move(reply.next), reply.transition, std::move(commit));
        }
        apply(*std::move(reply.next), now); // RFOTM lives in memory only
        reportChange(waiting);
    }
    if (waiting.incoming.multicast && !isGroups(waiting) && !paceDiscovery(waiting, now))
        return coap_.ignore(id);
    registerObserver(waiting);
    answer(waiting, responseOf(reply), now);
}

/// Facts 2.1: answers to multicast are spread over some time, and one asker has one answer under way.
bool Device::paceDiscovery(const Waiting& waiting, TimePoint now) {
    const auto& peer = waiting.incoming.channel.peer;
    if (pacedDiscoveries_.contains(peer) || pacedDiscoveries_.size() >= kMaxPacedDiscoveries)
        return false;
    const auto jitter = static_cast<std::uint32_t>(settings_.discoveryJitter.count());
    pacedDiscoveries_[peer] = now + Duration{jitter != 0 ? random_.below(jitter) : 0};
    return true;
}

void Device::answer(const Waiting& waiting, coap::Response response, TimePoint now) {
    if (isGroups(waiting))
        return coap_.ignore(waiting.incoming.id);
    Duration delay{0};
    if (waiting.incoming.multicast)
        if (const auto paced = pacedDiscoveries_.find(waiting.incoming.channel.peer); paced != pacedDiscoveries_.end())
            delay = std::chrono::duration_cast<Duration>(paced->second - now);
    coap_.respond(waiting.incoming.id, std::move(response), now, delay);
}

void Device::refuse(const Waiting& waiting, const Failure& failure, TimePoint now) {
    if (failure.reason != Reason::notAuthorised) // told as a denied access
        reportRefusal(Event::Kind::requestRefused, failure, waiting);
    if (isGroups(waiting))
        return coap_.ignore(waiting.incoming.id);
    coap::Response response;
    response.code = faceOf(failure.reason).coapCode;
    coap_.respond(waiting.incoming.id, std::move(response), now);
}

void Device::reportUnexpected(const coap::Channel& channel, ByteView datagram, const Failure& failure) {
    // What came through a session may hold a key (facts 8.3); of it only the message's header is told. What OSCORE
    // protects comes here as it travelled.
    constexpr std::size_t head = 4, dump = 42; // facts 8.4
    const auto first = datagram.first(std::min(head, datagram.size()));
    report({Event::Kind::unexpectedTraffic,
            failure.reason,
            failure.what,
            "",
            {{"PEER", channel.peer.text()},
             {"HEAD", fmt::format("[{:02x}]", fmt::join(first, ":"))},
             {"DUMP", channel.secure() ? "" : toHex(datagram.first(std::min(dump, datagram.size())))}}});
}

/// A secure resource was written, by whom and how.
void Device::reportChange(const Waiting& waiting) {
    const auto& request = waiting.incoming.request;
    if (!svr::isSvr(request.path))
        return;
    const auto caller = callerOf(waiting.incoming.channel);
    const std::string operation{svr::nameOf(svr::operationOf(request.method))};
    report({Event::Kind::resourceChanged,
            {},
            fmt::format("{}: {}", operation, request.path),
            "",
            {{"PEER", waiting.incoming.channel.peer.text()},
             {"PEER_UUID", caller.peer ? caller.peer->text() : ""},
             {"HREF", request.path},
             {"OPERATION", operation}}});
}

void Device::reportRefusal(Event::Kind kind, const Failure& failure, const Waiting& waiting) {
    const auto caller = callerOf(waiting.incoming.channel);
    std::vector<std::string> roles;
    for (const auto& role : caller.roles)
        roles.push_back(role.role);
    report({kind,
            failure.reason,
            failure.what,
            failure.next,
            {{"PEER", waiting.incoming.channel.peer.text()},
             {"PEER_UUID", caller.peer ? caller.peer->text() : ""},
             {"HREF", waiting.incoming.request.path},
             {"OPERATION", std::string{svr::nameOf(svr::operationOf(waiting.incoming.request.method))}},
             {"ROLES", fmt::format("{}", fmt::join(roles, ", "))}}});
}

} // namespace ocfsecd::ocf
