// A Device's commits: one at a time becomes durable, then current, then the queued writes have their turn.

#include "ocf/device.h"
#include "ocf/manufacturer.h"

#include <fmt/format.h>

#include <utility>

namespace ocfsecd::ocf {

void Device::startCommit(svr::DeviceState next, bool transition, Commit commit) {
    commit.ticket = nextTicket_++;
    oscore_.reserve(next);
    next.lastKnownGood = knownTime_.sure(clock(), now_).time_since_epoch().count();
    effects_.commits.push_back({commit.ticket, std::move(next), transition});
    effects_.changed = true;
    commit_ = std::move(commit);
}

void Device::committed(std::uint64_t ticket, Result<svr::DeviceState> outcome, TimePoint now) {
    if (!commit_ || commit_->ticket != ticket)
        return;
    auto commit = *std::exchange(commit_, std::nullopt);
    effects_.changed = true;
    ownershipTried_ = !outcome && state_.pstat.state == svr::OnboardingState::rfotm;
    reserveAfter_.reset();
    if (!outcome) {
        reserveAfter_ = now + settings_.resetRetry;
        held_.clear(); // whoever waits for numbers asks again
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
    if (commit.waiting) {
        reportChange(*commit.waiting);
        answer(*commit.waiting, std::move(commit.response), now);
    }
    if (commit.done)
        commit.done({});
    runQueue(now);
    releaseHeld(now);
}

/// The operator's acts first. A queued write is authorised and validated against the state as it is when its turn
/// comes.
void Device::runQueue(TimePoint now) {
    if (!commit_)
        for (const auto& act : std::exchange(acts_, {}))
            act(now);
    adoptCsr(now);
    while (!queue_.empty() && !commit_ && resetting_ != Resetting::marking) {
        auto next = std::move(queue_.front());
        queue_.pop_front();
        process(std::move(next), now);
    }
    recordProof();
}

void Device::apply(svr::DeviceState next, TimePoint now) {
    using State = svr::OnboardingState;
    const auto before = std::exchange(state_, std::move(next));
    if (std::exchange(adoptInstalled_, false))
        adoptManufacturer(state_, capabilities_.manufacturerCredentials);
    for (auto& credential : state_.cred.creds) {
        if (!credential.key.clear || !credential.key.sealed)
            continue;
        keys_.put(*credential.key.sealed, credential.key.clear, now); // the peer usually comes back at once
        credential.key.clear.reset();
    }
    refreshCertificates();
    followCredentials(before.pstat.state);
    effects_.changed = true;
    tellObservers(now);
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
         {{"FROM", std::string{svr::nameOf(before.pstat.state)}}}});
    if (before.pstat.state == State::rfotm && state_.pstat.state == State::rfpro)
        report({Event::Kind::owned,
                {},
                fmt::format("the device is owned by {}", state_.doxm.devowneruuid.text()),
                "",
                {{"OWNER", state_.doxm.devowneruuid.text()}}});
    if (state_.pstat.state == State::rfnop)
        doc_.enteredRfnop(now);
}

} // namespace ocfsecd::ocf
