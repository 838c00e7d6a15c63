// A Device's requests: from a CoAP datagram to the answer, through the one commit at a time and the RESET.

#include "ocf/device.h"
#include "svr/state_machine.h"

#include <fmt/format.h>

#include <utility>

namespace ocfsecd::ocf {

namespace {

/// At most this many multicast answers wait at a time: what a flood of spoofed askers can make us keep.
constexpr std::size_t kMaxPacedDiscoveries = 32;

/// RFOTM and RESET live in memory only (design section 4): a crash there equals a closed onboarding connection.
bool isDurable(const svr::DeviceState& state) {
    return state.pstat.state != svr::OnboardingState::rfotm && state.pstat.state != svr::OnboardingState::reset;
}

coap::Response responseOf(svr::Reply& reply) {
    coap::Response response;
    response.code = reply.code;
    if (reply.body) {
        response.contentFormat = coap::kFormatOcfCbor;
        response.payload = cbor::encode(*reply.body);
    }
    return response;
}

} // namespace

void Device::take(const coap::Channel& channel, const Arrival& arrival, ByteView datagram, TimePoint now) {
    auto received = coap_.receive(channel, arrival.multicast, datagram, now);
    if (!received)
        return report({Event::Kind::unexpectedTraffic,
                       received.failure().reason,
                       received.failure().what,
                       "",
                       {{"PEER", channel.peer.text()}}});
    if (*received)
        process({std::move(**received), arrival}, now);
}

svr::Caller Device::callerOf(const coap::Channel& channel) const {
    svr::Caller caller;
    caller.docOpen = doc_.occupied();
    if (const auto found = peers_.find(channel.session); channel.secure() && found != peers_.end()) {
        caller.secure = true;
        caller.doc = doc_.is(channel.session);
        if (!found->second.uuid.isNil())
            caller.peer = found->second.uuid;
        caller.roles = found->second.roles;
    }
    return caller;
}

World Device::world(const svr::Capabilities& capabilities) const {
    return {state_, capabilities, settings_.core, settings_.access, endpoints_, doc_.occupied()};
}

void Device::process(Waiting waiting, TimePoint now) {
    const auto& incoming = waiting.incoming;
    if (incoming.channel.secure() && !peers_.contains(incoming.channel.session))
        return; // its session ended while it waited: it must not be judged as somebody without one
    if (incoming.multicast && incoming.request.method != coap::Method::get)
        return coap_.ignore(incoming.id); // one datagram must not change all devices of a network
    if (!concerns(state_, incoming.request, incoming.multicast))
        return coap_.ignore(incoming.id);
    const auto capabilities = this->capabilities();
    const auto world = this->world(capabilities);
    Asked asked{incoming.request, callerOf(incoming.channel), waiting.arrival, incoming.channel.peer, {}};
    if (const auto decision = authorise(world, asked); !decision.allowed) {
        const auto failure = decision.failure();
        reportRefusal(Event::Kind::accessDenied, failure, waiting);
        return incoming.multicast ? coap_.ignore(incoming.id) : refuse(waiting, failure, now);
    }
    if (incoming.request.method != coap::Method::get && (commit_ || resetting_ == Resetting::marking)) {
        if (queue_.size() >= settings_.maxQueuedWrites)
            return refuse(waiting, {Reason::busy, "too many changes wait for a commit", "try again in a second"}, now);
        queue_.push_back(std::move(waiting));
        return;
    }
    if (asked.caller.doc && state_.pstat.state == svr::OnboardingState::rfotm)
        asked.docKeyBlock = [this] { return listener_.keyBlock(doc_.session()); };
    conclude(waiting, dispatch(world, asked, random_), now);
}

void Device::conclude(const Waiting& waiting, svr::Reply reply, TimePoint now) {
    const auto id = waiting.incoming.id;
    if (reply.silent)
        return coap_.ignore(id);
    if (reply.failure)
        return refuse(waiting, *reply.failure, now);
    if (reply.resetRequested) {
        if (resetting_ != Resetting::no)
            return refuse(waiting, {Reason::busy, "a RESET is already under way", "discover the device again"}, now);
        const bool owned = isDurable(state_);
        if (!owned) {
            answer(waiting, responseOf(reply), now);
            return beginReset(false, now);
        }
        resetRequests_.push_back(waiting);
        return startMarking();
    }
    if (reply.next) {
        if (isDurable(*reply.next)) {
            Commit commit;
            commit.waiting = waiting;
            commit.response = responseOf(reply);
            return startCommit(*std::move(reply.next), reply.transition, std::move(commit));
        }
        apply(*std::move(reply.next), now); // RFOTM lives in memory only
    }
    if (waiting.incoming.multicast && !paceDiscovery(waiting, now))
        return coap_.ignore(id);
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
    Duration delay{0};
    if (waiting.incoming.multicast)
        if (const auto paced = pacedDiscoveries_.find(waiting.incoming.channel.peer); paced != pacedDiscoveries_.end())
            delay = std::chrono::duration_cast<Duration>(paced->second - now);
    coap_.respond(waiting.incoming.id, std::move(response), now, delay);
}

void Device::refuse(const Waiting& waiting, const Failure& failure, TimePoint now) {
    if (failure.reason != Reason::notAuthorised)
        reportRefusal(Event::Kind::requestRefused, failure, waiting);
    coap::Response response;
    response.code = faceOf(failure.reason).coapCode;
    coap_.respond(waiting.incoming.id, std::move(response), now);
}

void Device::reportRefusal(Event::Kind kind, const Failure& failure, const Waiting& waiting) {
    const auto caller = callerOf(waiting.incoming.channel);
    report({kind,
            failure.reason,
            failure.what,
            failure.next,
            {{"PEER", waiting.incoming.channel.peer.text()},
             {"PEER_UUID", caller.peer ? caller.peer->text() : ""},
             {"HREF", waiting.incoming.request.path},
             {"OPERATION", std::string{svr::nameOf(svr::operationOf(waiting.incoming.request.method))}}}});
}

// Commits

void Device::startCommit(svr::DeviceState next, bool transition, Commit commit) {
    commit.ticket = nextTicket_++;
    effects_.commits.push_back({commit.ticket, std::move(next), transition});
    effects_.changed = true;
    commit_ = std::move(commit);
}

void Device::committed(std::uint64_t ticket, Result<svr::DeviceState> outcome, TimePoint now) {
    if (!commit_ || commit_->ticket != ticket)
        return;
    auto commit = *std::exchange(commit_, std::nullopt);
    effects_.changed = true;
    if (!outcome) {
        report(
            {Event::Kind::commitFailed, outcome.failure().reason, outcome.failure().what, outcome.failure().next, {}});
        if (commit.waiting)
            refuse(*commit.waiting, outcome.failure(), now);
        if (commit.done)
            commit.done(outcome.failure());
        // The connection may have ended meanwhile (D5 was put off for the commit's sake).
        if (state_.pstat.state == svr::OnboardingState::rfotm && !doc_.occupied() && resetting_ == Resetting::no)
            beginReset(false, now);
        return runQueue(now);
    }
    apply(*std::move(outcome), now);
    if (commit.waiting)
        answer(*commit.waiting, std::move(commit.response), now);
    if (commit.done)
        commit.done({});
    runQueue(now);
}

/// A queued write is authorised and validated against the state as it is when its turn comes.
void Device::runQueue(TimePoint now) {
    while (!queue_.empty() && !commit_ && resetting_ != Resetting::marking) {
        auto next = std::move(queue_.front());
        queue_.pop_front();
        process(std::move(next), now);
    }
}

void Device::apply(svr::DeviceState next, TimePoint now) {
    using State = svr::OnboardingState;
    const auto before = std::exchange(state_, std::move(next));
    for (auto& credential : state_.cred.creds) {
        if (!credential.key.clear || !credential.key.sealed)
            continue;
        keys_.put(*credential.key.sealed, credential.key.clear, now); // the peer usually comes back at once
        credential.key.clear.reset();
    }
    effects_.changed = true;
    if (before.doxm.oxmsel != state_.doxm.oxmsel && state_.pstat.state == State::rfotm)
        report({Event::Kind::methodSelected,
                {},
                fmt::format("owner transfer method {} is selected", state_.doxm.oxmsel),
                "",
                {}});
    const auto* credential = svr::ownerCredential(state_);
    if (credential != nullptr && svr::ownerCredential(before) == nullptr && before.pstat.state == State::rfotm &&
        state_.pstat.state == State::rfotm)
        report({Event::Kind::ownerCredentialEstablished,
                {},
                "the owner credential is established",
                "",
                {{"CREDID", std::to_string(svr::numberOf(credential->id))}, {"OWNER", credential->subject->text()}}});
    if (before.pstat.state == state_.pstat.state)
        return;
    report(
        {Event::Kind::stateChanged,
         {},
         fmt::format("onboarding state {} after {}", svr::nameOf(state_.pstat.state), svr::nameOf(before.pstat.state)),
         "",
         {}});
    if (before.pstat.state == State::rfotm && state_.pstat.state == State::rfpro)
        report({Event::Kind::owned,
                {},
                fmt::format("the device is owned by {}", state_.doxm.devowneruuid.text()),
                "",
                {{"OWNER", state_.doxm.devowneruuid.text()}}});
    if (state_.pstat.state == State::rfnop)
        doc_.enteredRfnop(now);
}

// RESET

void Device::startMarking() {
    if (resetting_ == Resetting::no) {
        resetting_ = Resetting::marking;
        effects_.resets.push_back(ResetStep::mark);
        effects_.changed = true;
    }
}

void Device::resettingMarked(Result<void> outcome, TimePoint now) {
    auto requests = std::exchange(resetRequests_, {});
    if (!outcome) {
        resetting_ = Resetting::no;
        effects_.changed = true;
        report(
            {Event::Kind::commitFailed, outcome.failure().reason, outcome.failure().what, outcome.failure().next, {}});
        for (const auto& waiting : requests)
            refuse(waiting, outcome.failure(), now);
        for (auto& done : std::exchange(resetDone_, {}))
            done(outcome.failure());
        return runQueue(now);
    }
    for (const auto& waiting : requests)
        answer(waiting, {.code = coap::code::changed}, now);
    beginReset(true, now);
    runQueue(now); // now refused: nothing is served in RESET
}

void Device::beginReset(bool ownedBefore, TimePoint now) {
    resetting_ = Resetting::waiting;
    resetOfOwned_ = ownedBefore;
    resetAt_ = now + settings_.resetDelay; // so that answer and close_notify get out (facts 1.6)
    const auto before = state_.pstat.state;
    state_ = svr::enterReset(std::move(state_));
    effects_.changed = true;
    report({Event::Kind::resetBegun, {}, fmt::format("RESET begins in {}", svr::nameOf(before)), "", {}});
}

void Device::resetFinished(Result<void> outcome, TimePoint now) {
    if (!outcome) {
        report(
            {Event::Kind::commitFailed, outcome.failure().reason, outcome.failure().what, outcome.failure().next, {}});
        resetting_ = Resetting::waiting; // stays out of RFOTM and tries again: the mark is durable
        resetAt_ = now + settings_.resetRetry;
        return;
    }
    listener_.closeAll(now);
    resetting_ = Resetting::no;
    resetAt_.reset();
    pumpListener(now);
    keys_.clear();
    queue_.clear();
    enterRfotm(now);
    report({Event::Kind::resetDone, {}, "the device is back in RFOTM with a new device UUID", "", {}});
    for (auto& done : std::exchange(resetDone_, {}))
        done({});
}

void Device::enterRfotm(TimePoint now) {
    if (settings_.justWorks == JustWorks::window)
        windowCloses_ = now + settings_.justWorksWindow;
    doc_.forget();
    state_ = svr::manufacturerDefault(random_, capabilities(), &state_);
    effects_.changed = true;
}

// The operator

void Device::reset(Done done, TimePoint now) {
    if (resetting_ != Resetting::no || commit_)
        return done(Failure{Reason::busy, "a change is being worked on", "try again in a second"});
    resetDone_.push_back(std::move(done));
    if (isDurable(state_))
        startMarking();
    else
        beginReset(false, now);
}

void Device::softReset(Done done) {
    if (resetting_ != Resetting::no || commit_)
        return done(Failure{Reason::busy, "a change is being worked on", "try again in a second"});
    if (auto allowed = svr::checkTransition(state_, state_.pstat.state, svr::OnboardingState::sreset); !allowed)
        return done(allowed.failure());
    Commit commit;
    commit.done = std::move(done);
    startCommit(svr::enter(state_, svr::OnboardingState::sreset), true, std::move(commit));
}

} // namespace ocfsecd::ocf
