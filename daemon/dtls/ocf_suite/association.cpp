#include "dtls/ocf_suite/association.h"

#include <algorithm>

namespace ocfsecd::dtls::ocf_suite {

namespace {

constexpr std::uint8_t kWarning = 1, kFatal = 2;
constexpr std::size_t kMaxHeldRecords = 4; // a Finished and its copies
constexpr std::size_t kMaxHeldRecord = 512;

} // namespace

Association::Association(const Start& start, Random& random, std::unique_ptr<Handshake> handshake, TimePoint now)
    : records_{random, start.prestate.recordWrite}, timers_{start.timers},
      maxDatagram_{static_cast<std::uint16_t>(start.options.maxDatagram)}, role_{start.role} {
    records_.skipTo(1, start.options.firstSealedRecord);
    negotiation_ = std::make_unique<Negotiation>(Negotiation{std::move(handshake),
                                                             Reassembly{start.prestate.messageRead},
                                                             {},
                                                             now + timers_.handshakeTotal,
                                                             start.prestate.messageRead});
}

void Association::feed(ByteView datagram, TimePoint now, Output& out) {
    while (phase_ != Phase::closed) {
        const auto record = nextRecord(datagram);
        if (!record)
            return;
        onRecord(*record, now, out);
    }
}

void Association::onRecord(const Record& record, TimePoint now, Output& out) {
    if (record.epoch == 0)
        onPlainRecord(record, now, out);
    else if (record.epoch == 1)
        onSealedRecord(record, now, out);
}

// Nothing of epoch 0 is authenticated: once established it does not count.
void Association::onPlainRecord(const Record& record, TimePoint now, Output& out) {
    if (!negotiation_)
        return;
    switch (record.type) {
    case ContentType::handshake:
        return onHandshakeOctets(record.fragment, 0, now, out);
    case ContentType::changeCipherSpec:
        // Carries nothing and proves nothing; may overtake the ClientKeyExchange. Keys come from the messages alone.
        negotiation_->sawChangeCipherSpec = true;
        return openHeld(now, out);
    case ContentType::alert:
        if (!canOpen())
            onAlert(record.fragment, now, out);
        return;
    case ContentType::applicationData:
        return;
    }
}

void Association::onSealedRecord(const Record& record, TimePoint now, Output& out) {
    if (negotiation_ && !canOpen())
        return hold(record);
    // Until the Finished it alone shows whether the client has the key: an alert or data under the right key, which at
    // least moves the replay window, would be a second way to find out, and one that may be tried more than once.
    if (negotiation_ && role_ == Role::server && record.type != ContentType::handshake)
        return;
    Bytes content;
    const auto opened = records_.open(record, content);
    if (opened == RecordLayer::Opened::bad && negotiation_ && role_ == Role::server)
        // Facts 4.1 D5b: a wrong key or PIN shows here, and at once; the first Finished is the only attempt (4.4). RFC
        // 6347 section 4.1.2.7 would rather have it dropped, so that nobody off the path can end a handshake: he can do
        // so anyway, with a forged ClientKeyExchange or alert in epoch 0.
        return refuse({alert::badRecordMac,
                       {Reason::handshakeFailed, "the peer's key is not ours: its Finished cannot be read",
                        "check the PIN or the credential the peer uses"}},
                      out);
    if (opened != RecordLayer::Opened::good)
        return;
    switch (record.type) {
    case ContentType::handshake:
        return onHandshakeOctets(content, 1, now, out);
    case ContentType::alert:
        return onAlert(content, now, out);
    case ContentType::applicationData:
        if (phase_ != Phase::established)
            return;
        farewell_.reset(); // the client has our last flight
        flight_.reset();
        if (!content.empty()) // RFC 5246 section 6.2.1 lets a peer send nothing
            out.messages.push_back(std::move(content));
        return;
    case ContentType::changeCipherSpec:
        return;
    }
}

bool Association::canOpen() const {
    return records_.hasKeys() && (!negotiation_ || negotiation_->sawChangeCipherSpec);
}

// Peers pack ClientKeyExchange, ChangeCipherSpec and Finished in one datagram; the key may come half a second later.
void Association::hold(const Record& record) {
    if (record.type == ContentType::handshake && negotiation_->held.size() < kMaxHeldRecords &&
        record.whole.size() <= kMaxHeldRecord)
        negotiation_->held.push_back(copyOf(record.whole));
}

void Association::openHeld(TimePoint now, Output& out) {
    if (!negotiation_ || !canOpen())
        return;
    const auto held = std::exchange(negotiation_->held, {});
    for (const auto& octets : held) {
        ByteView rest{octets};
        if (const auto record = nextRecord(rest); record && phase_ != Phase::closed)
            onSealedRecord(*record, now, out);
    }
}

void Association::onHandshakeOctets(ByteView octets, std::uint16_t epoch, TimePoint now, Output& out) {
    if (!negotiation_)
        return onLateFragments(octets, now, out);
    while (negotiation_) {
        const auto fragment = nextFragment(octets);
        if (!fragment)
            break;
        const auto type = static_cast<MessageType>(fragment->type);
        // Finished is the one message of epoch 1; HelloRequest asks for what we do not do and is not hashed.
        if ((type == MessageType::finished) != (epoch == 1) || type == MessageType::helloRequest)
            continue;
        onFragment(*fragment, now, out);
    }
}

void Association::onFragment(const HandshakeFragment& fragment, TimePoint now, Output& out) {
    const auto type = static_cast<MessageType>(fragment.type);
    auto& reassembly = negotiation_->reassembly;
    if (type == MessageType::helloVerifyRequest) {
        if (role_ == Role::client && fragment.body.size() == fragment.length)
            apply(negotiation_->handshake->onHelloVerifyRequest(fragment.body), now, out);
        return;
    }
    if (negotiation_->handshake->startsNumbering(type) && fragment.sequence > reassembly.next() &&
        fragment.sequence < reassembly.next() + kAhead)
        reassembly.startAt(fragment.sequence);
    switch (reassembly.add(fragment)) {
    case Reassembly::Added::kept:
        return takeMessages(now, out);
    case Reassembly::Added::old:
        // The peer repeats what our last flight answered, and nothing newer has come: it did not get it.
        if (fragment.sequence < negotiation_->answeredUpTo && reassembly.next() == negotiation_->answeredUpTo &&
            flight_ && flight_->mayRepeat(now))
            transmit(now, out);
        return;
    case Reassembly::Added::dropped:
        return;
    case Reassembly::Added::tooLong:
        return refuse({alert::decodeError, {Reason::tooLarge, "a handshake message is longer than any can be", ""}},
                      out);
    }
}

// Established. A client that repeats its Finished has not got ours (RFC 6347 section 4.2.4); anything else would be a
// renegotiation, and there is none.
void Association::onLateFragments(ByteView octets, TimePoint now, Output& out) {
    const auto fragment = nextFragment(octets);
    if (fragment && farewell_ && fragment->type == static_cast<std::uint8_t>(MessageType::finished) &&
        fragment->sequence == farewell_->clientFinished && flight_->mayRepeat(now))
        transmit(now, out);
}

void Association::takeMessages(TimePoint now, Output& out) {
    while (phase_ == Phase::handshaking && negotiation_) {
        const auto message = negotiation_->reassembly.take();
        if (!message)
            return;
        if (flight_)
            flight_->quieten();
        apply(negotiation_->handshake->onMessage(*message), now, out);
    }
}

void Association::onAlert(ByteView octets, TimePoint, Output& out) {
    if (octets.size() != 2)
        return;
    const auto description = octets[1];
    if (description == alert::closeNotify) {
        if (phase_ == Phase::established)
            sendAlert(kWarning, alert::closeNotify, out);
        return end(Close::Cause::peerCloseNotify, description,
                   {Reason::unavailable, "the peer closed the session", ""});
    }
    if (octets[0] == kFatal)
        end(Close::Cause::peerAlert, description,
            {Reason::handshakeFailed, "the peer ended the session with alert " + std::to_string(description), ""});
}

void Association::apply(Outcome outcome, TimePoint now, Output& out) {
    const auto& handshake = *negotiation_->handshake;
    suite_ = handshake.suite();
    if (outcome.fault)
        return refuse(*outcome.fault, out);
    if (outcome.keysReady) {
        records_.install(handshake.keyBlock(), role_);
        keyBlock_ = SecretBytes{handshake.keyBlock()};
    }
    if (!outcome.flight.empty()) {
        writeEpoch_ = outcome.flight.back().epoch;
        flight_.emplace(std::move(outcome.flight), !outcome.finished, timers_);
        negotiation_->answeredUpTo = negotiation_->reassembly.next();
        transmit(now, out);
    }
    if (outcome.keyWanted) {
        identity_ = copyOf(handshake.identity());
        phase_ = Phase::waitingForKey;
    }
    if (outcome.finished)
        return establish(now);
    if (outcome.keysReady)
        openHeld(now, out);
}

void Association::transmit(TimePoint now, Output& out) {
    std::ranges::move(flight_->transmit(records_, maxDatagram_, now), std::back_inserter(out.datagrams));
}

void Association::establish(TimePoint now) {
    const auto& handshake = *negotiation_->handshake;
    identity_ = copyOf(handshake.identity());
    hint_ = copyOf(handshake.hint());
    phase_ = Phase::established;
    if (role_ == Role::server)
        farewell_ =
            Farewell{now + timers_.handshakeTotal, static_cast<std::uint16_t>(negotiation_->reassembly.next() - 1)};
    else
        flight_.reset();
    negotiation_.reset();
}

void Association::provideKey(SharedSecret key, TimePoint now, Output& out) {
    if (phase_ != Phase::waitingForKey)
        return;
    phase_ = Phase::handshaking;
    apply(negotiation_->handshake->provideKey(key), now, out);
    if (phase_ == Phase::handshaking)
        takeMessages(now, out);
}

void Association::send(ByteView message, TimePoint, Output& out) {
    if (phase_ != Phase::established || message.size() > kMaxPlaintext)
        return;
    auto record = records_.left(1) > 1 ? records_.write(ContentType::applicationData, 1, message) : Bytes{};
    if (!record.empty())
        return out.datagrams.push_back(std::move(record));
    sendAlert(kWarning, alert::closeNotify, out); // the last number is for the good-bye
    end(Close::Cause::localClose, std::nullopt,
        {Reason::limitReached, "the record numbers of the session are used up", "connect again"});
}

void Association::tick(TimePoint now, Output& out) {
    if (negotiation_ && now >= negotiation_->giveUpAt)
        return end(Close::Cause::timedOut, std::nullopt,
                   {Reason::timedOut, "the handshake was not finished in time", "see whether the peer can be reached"});
    if (farewell_ && now >= farewell_->until) {
        farewell_.reset();
        flight_.reset();
    }
    if (negotiation_ && flight_ && flight_->deadline() && now >= *flight_->deadline()) {
        flight_->backOff();
        transmit(now, out);
    }
}

std::optional<TimePoint> Association::deadline() const {
    if (farewell_)
        return farewell_->until;
    if (!negotiation_)
        return std::nullopt;
    return earlier(negotiation_->giveUpAt, flight_ ? flight_->deadline() : std::nullopt);
}

void Association::close(TimePoint, Output& out) {
    if (phase_ == Phase::closed)
        return;
    if (phase_ == Phase::established)
        sendAlert(kWarning, alert::closeNotify, out);
    end(Close::Cause::localClose, std::nullopt, {Reason::unavailable, "closed on our side", ""});
}

void Association::refuse(const Fault& fault, Output& out) {
    sendAlert(kFatal, fault.alert, out);
    end(Close::Cause::handshakeFailed, fault.alert, fault.failure);
}

void Association::sendAlert(std::uint8_t level, std::uint8_t description, Output& out) {
    auto record = records_.write(ContentType::alert, writeEpoch_, std::array{level, description});
    if (!record.empty())
        out.datagrams.push_back(std::move(record));
}

void Association::end(Close::Cause cause, std::optional<std::uint8_t> alert, Failure failure) {
    close_ = std::make_unique<Close>(Close{cause, alert, std::move(failure)});
    phase_ = Phase::closed;
    negotiation_.reset();
    flight_.reset();
    farewell_.reset();
    records_.dropKeys();
    keyBlock_ = {};
}

Result<SecretBytes> Association::keyBlock() const {
    if (phase_ != Phase::established)
        return Failure{Reason::unavailable, "the session has no keys", "wait for its handshake"};
    return SecretBytes{keyBlock_.view()};
}

} // namespace ocfsecd::dtls::ocf_suite
