// A Device's certificates: handshakes that sign, peers known by theirs, the request for a new one (/oic/sec/csr).

#include "ocf/device.h"
#include "svr/csr.h"
#include "svr/roles.h"
#include "svr/state_machine.h"

#include <utility>

namespace ocfsecd::ocf {

namespace {

/// Requests that wait for the TPM at a time; beyond it 5.03.
constexpr std::size_t kMaxCsrWaiting = 16;

} // namespace

/// Roles that hang on a trust anchor go with it, whatever session asserted them.
void Device::refreshCertificates() {
    if (!certificates_.refresh(state_))
        return;
    for (auto& [session, peer] : peers_)
        if (peer.certificate)
            svr::dropUntrusted(peer.certificate->asserted, certificates_.trust(), wallTime());
}

void Device::onStepWanted(dtls::ListenerEvent& event, TimePoint now) {
    const auto* shown = certificates_.begin(event.session, event.peer);
    if (shown == nullptr)
        return listener_.close(event.session, now);
    effects_.steps.push_back({event.session, shown->key,
                              shown->key == SigningKey::identity ? state_.identityKey : std::nullopt,
                              std::move(event.step)});
}

/// The peer of an owned device, by the certificate it showed (facts 7.2). False: it is trusted no longer.
bool Device::identifiedByCertificate(const dtls::ListenerEvent& event, const Certificates::Shown& shown, Peer& peer) {
    const auto certificate = certificates_.peerOf(event.peerChain, shown, wallTime());
    const auto uuid = certificate ? svr::uuidIn(*certificate) : std::nullopt;
    if (!uuid || !certificate->key)
        return false;
    peer.uuid = *uuid;
    peer.certificate = svr::CertificateSession{*certificate->key, {}};
    if (certificates_.proven(state_, shown)) {
        toProve_.push_back(shown);
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
