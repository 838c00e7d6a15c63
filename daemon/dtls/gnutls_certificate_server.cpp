#include "dtls/gnutls_certificate_server.h"

#include "dtls/certificate_side.h"
#include "dtls/gnutls_session.h"

#include <atomic>

namespace ocfsecd::dtls {

namespace {

/// The handshake itself. Never used by two threads at once: while the step runs, the session in front keeps off.
class Core final : public GnutlsSession {
public:
    Core(const GnutlsServerParameters& parameters, TimePoint now)
        : GnutlsSession{Role::server, parameters.suite, parameters.timers, now},
          side_{std::make_unique<CertificateSide>(CertificateSide::Role::server, parameters.certificates)} {
        auto prestate = parameters.prestate;
        gnutls_dtls_prestate_set(handle(), &prestate);
        side_->attach(handle());
    }

    /// The ClientHello: answers with hello, certificate, signed key exchange.
    void answerHello(ByteView hello, const SignDigest& sign, TimePoint now, Output& out) {
        if (const auto& failure = side_->failure())
            return end({Close::Cause::handshakeFailed, alert::internalError, *failure}, out);
        side_->signWith(sign);
        feed(hello, now, out);
        if (side_)
            side_->signWith({});
    }
    void resumeAfterStep(TimePoint now) {
        if (phase() == Phase::handshaking)
            resume(now);
    }

    const std::vector<Bytes>& peerChain() const override { return peerChain_; }
    CertificateSide* certificates() override { return side_.get(); }

private:
    void handshakeOver() override {
        if (side_)
            peerChain_ = side_->takePeerChain();
        side_.reset();
    }
    std::optional<Close> explain(int result) const override { return side_ ? side_->explain(result) : std::nullopt; }

    std::unique_ptr<CertificateSide> side_;
    std::vector<Bytes> peerChain_;
};

/// What the session and the step share while the step is on its way.
struct Job {
    std::shared_ptr<Core> core;
    Bytes hello;
    TimePoint now;
    Output out;
    bool ran = false;
    std::atomic<bool> abandoned{false}; ///< nobody waits any more: the TPM need not be bothered

    void run(const SignDigest& sign) {
        if (ran || abandoned)
            return;
        core->answerHello(hello, sign, now, out);
        ran = true;
    }
};

class CertificateServer final : public Session {
public:
    CertificateServer(const GnutlsServerParameters& parameters, TimePoint now)
        : core_{std::make_shared<Core>(parameters, now)}, giveUpAt_{now + parameters.timers.handshakeTotal},
          maxHeld_{parameters.maxHeldDatagrams} {}
    ~CertificateServer() override { abandon(); }
    CertificateServer(const CertificateServer&) = delete;
    CertificateServer& operator=(const CertificateServer&) = delete;

    void feed(ByteView datagram, TimePoint now, Output& out) override;
    void send(ByteView message, TimePoint now, Output& out) override {
        if (ready())
            core_->send(message, now, out);
    }
    void provideKey(SharedSecret, TimePoint, Output&) override {}
    BlockingStep takeStep() override;
    void stepDone(TimePoint now, Output& out) override;
    void tick(TimePoint now, Output& out) override;
    void close(TimePoint now, Output& out) override;

    std::optional<TimePoint> deadline() const override {
        return close_ ? std::nullopt : job_ ? std::optional{giveUpAt_} : core_->deadline();
    }
    Phase phase() const override { return close_ ? Phase::closed : job_ ? Phase::waitingForStep : core_->phase(); }
    const Close& closeReason() const override { return close_ ? *close_ : core_->closeReason(); }
    Suite suite() const override { return ready() ? core_->suite() : Suite::none; }
    ByteView identity() const override { return {}; }
    ByteView hint() const override { return {}; }
    const std::vector<Bytes>& peerChain() const override { return ready() ? core_->peerChain() : Session::peerChain(); }
    Result<SecretBytes> keyBlock() const override {
        if (!ready())
            return Failure{Reason::unavailable, "the association has no key block", "wait for the handshake"};
        return core_->keyBlock();
    }

private:
    bool ready() const { return !close_ && !job_; } ///< the core is this thread's
    void abandon() {
        if (job_)
            job_->abandoned = true;
        job_.reset();
        held_.clear();
    }
    void endWithout(Close reason) {
        abandon();
        close_ = std::make_unique<Close>(std::move(reason));
    }

    std::shared_ptr<Core> core_;
    std::shared_ptr<Job> job_; ///< until the step is done
    bool stepTaken_ = false;
    std::vector<Bytes> held_;
    TimePoint giveUpAt_;
    std::size_t maxHeld_;
    std::unique_ptr<Close> close_; ///< ended while the core was not ours
};

void CertificateServer::feed(ByteView datagram, TimePoint now, Output& out) {
    if (close_)
        return;
    if (job_) {
        // A peer sends its flight again while it waits; what does not fit is a repetition or a flood.
        if (held_.size() < maxHeld_)
            held_.push_back(copyOf(datagram));
        return;
    }
    if (stepTaken_)
        return core_->feed(datagram, now, out);
    const auto hello = nextRecord(datagram);
    if (!hello)
        return;
    // The hello alone: what a peer packs behind it must not be judged on another thread.
    job_ = std::make_shared<Job>();
    job_->core = core_;
    job_->hello = copyOf(hello->whole);
    job_->now = now;
}

BlockingStep CertificateServer::takeStep() {
    if (!job_ || std::exchange(stepTaken_, true))
        return {};
    return [job = job_](const SignDigest& sign) { job->run(sign); };
}

void CertificateServer::stepDone(TimePoint now, Output& out) {
    if (!job_)
        return;
    const auto job = std::exchange(job_, nullptr);
    if (!job->ran) {
        job->abandoned = true;
        endWithout({Close::Cause::handshakeFailed,
                    std::nullopt,
                    {Reason::busy, "too many handshakes wait for a signature", "try again in a few seconds"}});
        return;
    }
    out = std::move(job->out);
    core_->resumeAfterStep(now);
    for (const auto& datagram : std::exchange(held_, {}))
        core_->feed(datagram, now, out);
}

void CertificateServer::tick(TimePoint now, Output& out) {
    if (ready())
        return core_->tick(now, out);
    if (job_ && now >= giveUpAt_)
        endWithout({Close::Cause::timedOut,
                    std::nullopt,
                    {Reason::timedOut, "the handshake took too long", "check that the TPM answers"}});
}

void CertificateServer::close(TimePoint now, Output& out) {
    if (ready())
        return core_->close(now, out);
    if (job_)
        endWithout({Close::Cause::localClose, std::nullopt, {}});
}

} // namespace

std::unique_ptr<Session> makeGnutlsCertificateServer(GnutlsServerParameters parameters, TimePoint now) {
    return std::make_unique<CertificateServer>(parameters, now);
}

} // namespace ocfsecd::dtls
