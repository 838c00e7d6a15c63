#pragma once
// What both sides of a DTLS association on GnuTLS share: handshake steps, timers from outside (L4.4), records, closing.
// GnuTLS keeps the protocol; this keeps its clock, its patience and what it leaves silent. The roles add credentials.

#include "dtls/gnutls_transport.h"
#include "dtls/priorities.h"
#include "dtls/session.h"

namespace ocfsecd::dtls {

class CertificateSide;

class GnutlsSession : public Session {
public:
    GnutlsSession(const GnutlsSession&) = delete;
    GnutlsSession& operator=(const GnutlsSession&) = delete;

    void feed(ByteView datagram, TimePoint now, Output& out) final;
    void send(ByteView message, TimePoint now, Output& out) final;
    void provideKey(SharedSecret, TimePoint, Output&) override {}
    void tick(TimePoint now, Output& out) final;
    void close(TimePoint now, Output& out) final;
    std::optional<TimePoint> deadline() const final;
    Phase phase() const final { return phase_; }
    const Close& closeReason() const final;
    Suite suite() const final;
    ByteView identity() const override { return {}; }
    ByteView hint() const override { return {}; }
    Result<SecretBytes> keyBlock() const final;

    /// For the library's callbacks.
    static GnutlsSession* of(gnutls_session_t session);
    /// Certificates of a handshake under way.
    virtual CertificateSide* certificates() { return nullptr; }

protected:
    enum class Role { server, client };
    /// Throws std::bad_alloc or std::runtime_error when the library cannot make a session.
    GnutlsSession(Role role, Suite suite, const Timers& timers, TimePoint now);

    /// A role may keep a datagram of the handshake to itself; true: it did.
    virtual bool intercept(ByteView, TimePoint, Output&) { return false; }
    /// The handshake is over, well or not: what was kept for it can go.
    virtual void handshakeOver() {}
    /// A role's own reason for a fatal result of the library, if it has one.
    virtual std::optional<Close> explain(int) const { return std::nullopt; }

    gnutls_session_t handle() const { return session_.get(); }
    void step(ByteView datagram, TimePoint now, Output& out);
    void pause() { phase_ = Phase::waitingForKey; }
    void resume(TimePoint now);
    /// Sends the alert, if `reason` names one of ours, and ends.
    void end(Close reason, Output& out);

private:
    struct Deinit {
        void operator()(gnutls_session_t session) const { gnutls_deinit(session); }
    };
    /// Only during the handshake.
    struct Patience {
        Timers timers;
        Duration interval{};
        TimePoint resendAt{};
        TimePoint giveUpAt{};
    };

    bool flush(Output& out);
    void established();
    void receive(ByteView datagram, Output& out);
    ssize_t readPacket(Bytes& message);
    ssize_t readCopy(Bytes& message);
    void failed(int result, Output& out);
    bool finishedDidNotDecrypt(unsigned discardedBefore) const;

    bool mayHaveWrongKey_; ///< a server with a pre-shared key
    Phase phase_ = Phase::handshaking;
    bool proven_ = false; ///< application data came: the peer has seen the handshake's end
    Suite suite_ = Suite::none;
    GnutlsTransport transport_; // outlives the handle below
    std::unique_ptr<std::remove_pointer_t<gnutls_session_t>, Deinit> session_;
    std::unique_ptr<Patience> patience_;
    std::unique_ptr<Close> close_;
};

} // namespace ocfsecd::dtls
