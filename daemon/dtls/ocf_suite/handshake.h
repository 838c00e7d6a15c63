#pragma once
// What both sides' handshakes have in common. A handshake is two tables: which message leads to which handler, and
// which flight has which messages in which order. Messages in, flights out; records, timers and loss are the engine's.

#include "dtls/ocf_suite/ecdh.h"
#include "dtls/ocf_suite/flight.h"
#include "dtls/ocf_suite/messages.h"

#include <span>

namespace ocfsecd::dtls::ocf_suite {

/// Why a handshake ends: what the peer is told and what the operator is told.
struct Fault {
    std::uint8_t alert = 0;
    Failure failure;
};

/// What a message led to.
struct Outcome {
    std::vector<FlightItem> flight; ///< to send now
    bool keyWanted = false;         ///< server: provideKey() goes on
    bool keysReady = false;         ///< keyBlock() is there: records of epoch 1 can be opened
    bool finished = false;          ///< the peer's Finished was right; after `flight`, if any, it is over
    std::optional<Fault> fault;
};

class Handshake {
public:
    virtual ~Handshake() = default;
    /// The next message in order. Finished comes here only out of a record of epoch 1.
    virtual Outcome onMessage(const Message& message) = 0;
    virtual Outcome provideKey(const SharedSecret&) { return {}; }
    /// Client: outside the order of messages, because a stateless server's numbers are not in order.
    virtual Outcome onHelloVerifyRequest(ByteView) { return {}; }
    /// True while this message type may say where the peer's numbering starts.
    virtual bool startsNumbering(MessageType) const { return false; }

    Suite suite() const { return suite_; }
    ByteView identity() const { return identity_; }
    ByteView hint() const { return hint_; }
    ByteView keyBlock() const { return keyBlock_.view(); }

protected:
    /// Makes a message's body; nothing stands for the ChangeCipherSpec.
    template <class Self>
    struct Part {
        MessageType type;
        Bytes (Self::*body)();
    };
    template <class Self>
    static constexpr Part<Self> kChangeCipherSpec{MessageType::helloRequest, nullptr};
    template <class Self>
    struct Step {
        int state;
        MessageType type;
        Outcome (Self::*handle)(const Message&);
    };

    Handshake(Random& random, std::uint16_t nextMessage) : random_{random}, nextMessage_{nextMessage} {}

    template <class Self, class State>
    static Outcome follow(Self& self, std::span<const Step<Self>> steps, State state, const Message& message) {
        for (const auto& step : steps)
            if (step.state == static_cast<int>(state) && step.type == message.type)
                return (self.*step.handle)(message);
        return fail(alert::unexpectedMessage, "a handshake message came out of order");
    }

    template <class Self>
    std::vector<FlightItem> compose(Self& self, std::span<const Part<Self>> order) {
        std::vector<FlightItem> out;
        std::uint16_t epoch = 0;
        for (const auto& part : order) {
            if (part.body == nullptr) {
                out.push_back({ContentType::changeCipherSpec, epoch++, Bytes(1, 1)});
                continue;
            }
            auto raw = wrapMessage(part.type, nextMessage_++, (self.*part.body)());
            transcript_.update(raw);
            out.push_back({ContentType::handshake, epoch, std::move(raw)});
        }
        return out;
    }

    /// A failed handshake: the peer or the path is to blame.
    static Outcome fail(std::uint8_t alert, std::string what, Reason reason = Reason::handshakeFailed,
                        std::string next = "try again; if it fails again, update or examine the peer");

    /// Draws our hello random and the ephemeral key.
    void drawRandom(HelloRandom& ours) { random_.fill(ours); }
    /// Master secret and key block; the transcript must reach up to ClientKeyExchange. False: a bad point.
    bool derive(ByteView peerPoint, ByteView psk);
    VerifyData finishedOf(Role sender) const { return verifyData(master_.view(), sender, transcript_.digest()); }
    Outcome checkFinished(const Message& message, Role sender);

    Random& random_;
    Sha256 transcript_;
    HelloRandom clientRandom_{}, serverRandom_{};
    Suite suite_ = Suite::none;
    bool extendedMasterSecret_ = false;
    Bytes identity_, hint_;
    std::optional<EcdhKey> ephemeral_;
    SecretBytes master_, keyBlock_;
    std::uint16_t nextMessage_;
};

} // namespace ocfsecd::dtls::ocf_suite
