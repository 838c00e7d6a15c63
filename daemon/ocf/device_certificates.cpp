// A Device's certificates: handshakes that sign, peers known by theirs, the request for a new one (/oic/sec/csr).

#include "ocf/device.h"
#include "svr/csr.h"
#include "svr/roles.h"
#include "svr/state_machine.h"

#include <algorithm>
#include <utility>

namespace ocfsecd::ocf {

namespace {

/// Requests that wait for the TPM at a time; beyond it 5.03.
constexpr std::size_t kMaxCsrWaiting = 16;
/// Half of the places there are for one device's signatures (Vault): one host cannot keep all others out.
constexpr std::size_t kMaxSigningPerHost = 4;
/// Each may take several signatures to verify.
constexpr std::size_t kJudgedAtOnce = 2;

} // namespace

void Device::refreshCertificates() {
    if (!certificates_.refresh(state_))
        return;
    toJudge_.clear();
    for (const auto& [session, peer] : peers_)
        if (peer.certificate)
            toJudge_.push_back(session);
}

/// Does the session still rest on what is trusted and shown now? Its roles that do not are dropped (facts 2.8). False:
/// it takes no further part. Whoever uses a session asks first, so that judging all of them need not hold up the rest.
bool Device::isTrusted(dtls::SessionId session, Peer& peer) {
    if (!peer.certificate || certificates_.isCurrent(peer.shown))
        return true;
    if (!certificates_.holds(listener_.peerChain(session), peer.shown, wallTime()))
        return false;
    svr::dropUntrusted(peer.certificate->asserted, certificates_.trust(), wallTime());
    certificates_.judged(peer.shown);
    return true;
}

/// An anchor or an own certificate that is deleted, a certificate that is revoked: with it go the sessions it opened.
void Device::judgeSessions(TimePoint now) {
    for (std::size_t left = kJudgedAtOnce; left != 0 && !toJudge_.empty(); --left) {
        const auto session = toJudge_.back();
        toJudge_.pop_back();
        const auto peer = peers_.find(session);
        if (peer == peers_.end() || isTrusted(session, peer->second))
            continue;
        report({Event::Kind::connectionRefused,
                Reason::notAuthorised,
                "a session is closed: the certificate or the trust anchor it rests on is deleted or revoked",
                "connect again with a certificate that the device trusts",
                {{"PEER", peer->second.address.text()}}});
        listener_.close(session, now);
    }
    pumpListener(now);
}

void Device::onStepWanted(dtls::ListenerEvent& event, TimePoint now) {
    const auto* shown = certificates_.begin(event.session, event.peer);
    const auto host = event.peer.withPort(0);
    const auto ofHost = std::ranges::count_if(signing_, [&](const auto& one) { return one.second == host; });
    if (shown == nullptr || static_cast<std::size_t>(ofHost) >= kMaxSigningPerHost)
        return listener_.close(event.session, now);
    signing_.emplace(event.session, host);
    effects_.steps.push_back({event.session, shown->key,
                              shown->key == SigningKey::identity ? state_.identityKey : std::nullopt,
                              std::move(event.step)});
}

/// The peer of an owned device, by the certificate it showed (facts 7.2). False: it is trusted no longer.
bool Device::identifiedByCertificate(const dtls::ListenerEvent& event, Certificates::Shown shown, Peer& peer) {
    if (!certificates_.holds(event.peerChain, shown, wallTime()))
        return false;
    const auto certificate = svr::readCertificate(event.peerChain.front());
    const auto uuid = certificate ? svr::uuidIn(*certificate) : std::nullopt;
    if (!uuid || !certificate->key)
        return false;
    certificates_.judged(shown);
    peer.uuid = *uuid;
    peer.certificate = svr::CertificateSession{*certificate->key, {}};
    peer.shown = shown;
    if (certificates_.proven(state_, shown)) {
        toProve_.push_back(std::move(shown));
        recordProof();
    }
    return true;
}

/// Our own certificate may be why: the same host is shown an older one next.
void Device::certificateFailed(const dtls::ListenerEvent& event) {
    using Cause = dtls::Close::Cause;
    const auto shown = certificates_.end(event.session);
    const auto cause = event.close.cause;
    if (cause != Cause::replaced) // the same peer's next handshake is admitted already
        certificates_.forget(event.peer);
    if (shown && shown->key == SigningKey::identity && cause != Cause::localClose && cause != Cause::replaced)
        certificates_.failed(event.peer, *shown);
}

/// A new certificate has worked: from now on no older one takes its place (facts 6.6).
void Device::recordProof() {
    while (!toProve_.empty() && !commit_ && resetting_ == Resetting::no) {
        const auto shown = std::move(toProve_.back());
        toProve_.pop_back();
        auto next = certificates_.proven(state_, shown);
        if (next && svr::isDurable(state_))
            startCommit(*std::move(next), false, {});
    }
}

// /oic/sec/csr

void Device::requestCsr(const Waiting& waiting, svr::Reply reply, TimePoint now) {
    if (csr_ && state_.identityKey && csr_->deviceuuid == state_.doxm.deviceuuid) {
        svr::completeCsr(*reply.body, csr_->pem);
        reply.csrRequested = false;
        return conclude(waiting, std::move(reply), now);
    }
    if (csrWaiting_.size() >= kMaxCsrWaiting)
        return refuse(waiting, {Reason::busy, "too many requests wait for the TPM", "try again in a second"}, now);
    csrWaiting_.push_back({waiting, std::move(reply)});
    if (!csrWork_)
        askForCsr();
}

/// However many wait, the TPM is asked once.
void Device::askForCsr() {
    csrWork_ = CsrWork{nextTicket_++, state_.doxm.deviceuuid, {}, false, {}};
    effects_.csrs.push_back({csrWork_->ticket, csrWork_->deviceuuid, state_.identityKey});
}

void Device::csrMade(std::uint64_t ticket, Result<MadeCsr> outcome, TimePoint now) {
    if (!csrWork_ || csrWork_->ticket != ticket)
        return; // a RESET came between: nobody waits, and the key was never anybody's
    if (!outcome) {
        csrWork_.reset();
        return answerCsrs(outcome.failure(), now);
    }
    csrWork_->made = *std::move(outcome);
    adoptCsr(now);
}

/// A new key becomes part of the state in its turn; durable states have to be on the disk before anybody gets a
/// certificate for it.
void Device::adoptCsr(TimePoint now) {
    if (!csrWork_ || !csrWork_->made)
        return;
    auto& work = *csrWork_;
    if (work.committed && !work.committed->ok()) {
        const auto failure = work.committed->failure();
        csrWork_.reset();
        return answerCsrs(failure, now);
    }
    const bool known = state_.identityKey == work.made->identityKey;
    if (!known && (commit_ || resetting_ != Resetting::no))
        return;
    if (!known && svr::isDurable(state_)) {
        auto next = state_;
        next.identityKey = work.made->identityKey;
        Commit commit;
        commit.done = [this, ticket = work.ticket](Result<void> result) {
            if (csrWork_ && csrWork_->ticket == ticket)
                csrWork_->committed = std::move(result);
        };
        return startCommit(std::move(next), false, std::move(commit));
    }
    state_.identityKey = work.made->identityKey;
    if (work.deviceuuid != state_.doxm.deviceuuid) // renamed meanwhile
        return askForCsr();
    csr_ = Csr{work.deviceuuid, std::move(work.made->pem)};
    csrWork_.reset();
    answerCsrs(csr_->pem, now);
}

void Device::answerCsrs(const Result<std::string>& pem, TimePoint now) {
    for (auto& waiting : std::exchange(csrWaiting_, {})) {
        if (!pem) {
            refuse(waiting.request, pem.failure(), now);
            continue;
        }
        svr::completeCsr(*waiting.reply.body, *pem);
        waiting.reply.csrRequested = false;
        conclude(waiting.request, std::move(waiting.reply), now);
    }
}

} // namespace ocfsecd::ocf
