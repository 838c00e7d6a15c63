#pragma once
// The engine behind engine.h: records in and out, epochs, what is held until keys exist, timers, alerts, the end.

#include "dtls/ocf_suite/engine.h"
#include "dtls/ocf_suite/handshake.h"
#include "dtls/ocf_suite/reassembly.h"

namespace ocfsecd::dtls::ocf_suite {

class Association final : public Session {
public:
    struct Start {
        Role role;
        Timers timers;
        EngineOptions options;
        Prestate prestate;
    };
    Association(const Start& start, Random& random, std::unique_ptr<Handshake> handshake, TimePoint now);
    /// Client: what the handshake begins with.
    void begin(Outcome first, TimePoint now, Output& out) { apply(std::move(first), now, out); }

    void feed(ByteView datagram, TimePoint now, Output& out) override;
    void send(ByteView message, TimePoint now, Output& out) override;
    void provideKey(SharedSecret key, TimePoint now, Output& out) override;
    void tick(TimePoint now, Output& out) override;
    void close(TimePoint now, Output& out) override;

    std::optional<TimePoint> deadline() const override;
    Phase phase() const override { return phase_; }
    const Close& closeReason() const override { return *close_; }
    Suite suite() const override { return suite_; }
    ByteView identity() const override { return identity_; }
    ByteView hint() const override { return hint_; }
    Result<SecretBytes> keyBlock() const override;

private:
    /// What only a handshake needs; gone when it is over.
    struct Negotiation {
        std::unique_ptr<Handshake> handshake;
        Reassembly reassembly;
        std::vector<Bytes> held; ///< records of epoch 1 that came before their keys
        TimePoint giveUpAt;
        std::uint16_t answeredUpTo; ///< messages below this number belong to flights we have answered
        bool sawChangeCipherSpec = false;
    };
    /// A server's last flight waits here for a client that did not get it.
    struct Farewell {
        TimePoint until;
        std::uint16_t clientFinished; ///< number of the message that asks for it again
    };

    void onRecord(const Record& record, TimePoint now, Output& out);
    void onPlainRecord(const Record& record, TimePoint now, Output& out);
    void onSealedRecord(const Record& record, TimePoint now, Output& out);
    void onHandshakeOctets(ByteView octets, std::uint16_t epoch, TimePoint now, Output& out);
    void onFragment(const HandshakeFragment& fragment, TimePoint now, Output& out);
    void onLateFragments(ByteView octets, TimePoint now, Output& out);
    void onAlert(ByteView octets, TimePoint now, Output& out);
    void hold(const Record& record);
    void openHeld(TimePoint now, Output& out);
    void takeMessages(TimePoint now, Output& out);
    bool canOpen() const;

    void apply(Outcome outcome, TimePoint now, Output& out);
    void transmit(TimePoint now, Output& out);
    void establish(TimePoint now);
    void refuse(const Fault& fault, Output& out);
    void sendAlert(std::uint8_t level, std::uint8_t description, Output& out);
    void end(Close::Cause cause, std::optional<std::uint8_t> alert, Failure failure);

    RecordLayer records_;
    Timers timers_;
    std::unique_ptr<Negotiation> negotiation_;
    std::optional<Flight> flight_; ///< the last one sent
    std::optional<Farewell> farewell_;
    std::unique_ptr<Close> close_;
    SecretBytes keyBlock_;
    Bytes identity_, hint_;
    std::uint16_t maxDatagram_;
    Suite suite_ = Suite::none;
    Role role_;
    Phase phase_ = Phase::handshaking;
    std::uint16_t writeEpoch_ = 0;
};

} // namespace ocfsecd::dtls::ocf_suite
