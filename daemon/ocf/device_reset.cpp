// A Device's RESET (facts 1.6; design section 4) and the operator's own acts.

#include "ocf/device.h"
#include "svr/state_machine.h"

#include <fmt/format.h>

#include <utility>

namespace ocfsecd::ocf {

namespace {

/// Acts of the operator that wait for a commit; beyond it they are refused.
constexpr std::size_t kMaxActs = 8;

} // namespace

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
    resetErases_ = ownedBefore || ownershipTried_;
    resetOpensWindow_ = ownedBefore;       // who only begins and breaks off must not hold it open
    resetAt_ = now + settings_.resetDelay; // so that answer and close_notify get out (facts 1.6)
    const auto before = state_.pstat.state;
    voidPin("reset");
    csrWork_.reset();
    csrWaiting_.clear(); // their sessions end
    toProve_.clear();
    state_ = svr::enterReset(std::move(state_));
    oscore_.end();
    held_.clear();
    coap_.withdrawAnswers();
    effects_.changed = true;
    dismissObservers(now);
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
    endSessions(now);
    resetting_ = Resetting::no;
    resetAt_.reset();
    ownershipTried_ = false;
    enterRfotm(resetOpensWindow_, now);
    report({Event::Kind::resetDone, {}, "the device is back in RFOTM with a new device UUID", "", {}});
    for (auto& done : std::exchange(resetDone_, {}))
        done({});
}

/// In RESET, where the end of a session means no other.
void Device::endSessions(TimePoint now) {
    listener_.closeAll(now);
    pumpListener(now);
    keys_.clear();
    queue_.clear();
    oscore_.end();
    held_.clear();
}

void Device::enterRfotm(bool openWindow, TimePoint now) {
    if (openWindow && settings_.justWorks == JustWorks::window)
        windowCloses_ = now + settings_.justWorksWindow;
    doc_.forget();
    audit_.clear(); // facts U6
    state_ = svr::manufacturerDefault(random_, capabilities());
    beginTime(now);
    refreshCertificates();
    csr_.reset();
    effects_.changed = true;
}

/// True: a commit is under way, and this is next. However many peers write, the operator has his turn.
bool Device::afterCommit(Act act) {
    if (!commit_ || acts_.size() >= kMaxActs)
        return false;
    acts_.push_back(std::move(act));
    return true;
}

void Device::reset(Done done, TimePoint now) {
    if (resetting_ == Resetting::no && afterCommit([this, done](TimePoint later) { reset(done, later); }))
        return;
    if (resetting_ != Resetting::no || commit_)
        return done(Failure{Reason::busy, "a change is being worked on", "try again in a second"});
    resetDone_.push_back(std::move(done));
    if (svr::isDurable(state_))
        return startMarking();
    beginReset(false, now);
    resetOpensWindow_ = true;
}

void Device::softReset(Done done) {
    if (resetting_ == Resetting::no && afterCommit([this, done](TimePoint) { softReset(done); }))
        return;
    if (resetting_ != Resetting::no || commit_)
        return done(Failure{Reason::busy, "a change is being worked on", "try again in a second"});
    if (auto allowed = svr::checkTransition(state_, state_.pstat.state, svr::OnboardingState::sreset); !allowed)
        return done(allowed.failure());
    if (state_.pstat.state == svr::OnboardingState::sreset)
        return done({}); // facts 1.2: a successful no-op
    Commit commit;
    commit.done = std::move(done);
    startCommit(svr::enter(state_, svr::OnboardingState::sreset), true, std::move(commit));
}

} // namespace ocfsecd::ocf
