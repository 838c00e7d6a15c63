#include "dtls/gnutls_session.h"

#include "dtls/secrets_log.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <gnutls/dtls.h>
#include <new>
#include <stdexcept>

namespace ocfsecd::dtls {

namespace {

constexpr int kMaxCallsPerDatagram = 64; // more records than any honest flight has
// One handshake message: a chain of three certificates has 2 kB. Its octets are kept before anybody is authenticated.
constexpr std::size_t kMaxHandshakeMessage = 16384;
constexpr unsigned int kDataMtu = 16384; // one message is one record; its size is the CoAP layer's matter

#ifdef OCFSECD_DTLS_SECRETS_LOG
int writeKeyLog(gnutls_session_t session, const char*, const gnutls_datum_t* secret) {
    gnutls_datum_t client{};
    gnutls_datum_t server{};
    gnutls_session_get_random(session, &client, &server);
    logSecrets({client.data, client.size}, {secret->data, secret->size},
               {{"SERVER_RANDOM", {server.data, server.size}}});
    return 0;
}
#endif

} // namespace

GnutlsSession::GnutlsSession(Role role, Suite suite, const Timers& timers, TimePoint now)
    : mayHaveWrongKey_{role == Role::server && familyOf(suite) == SuiteFamily::psk},
      patience_{std::make_unique<Patience>(
          Patience{timers, timers.retransmitFirst, now + timers.retransmitFirst, now + timers.handshakeTotal})} {
    gnutls_session_t made = nullptr;
    const unsigned flags = (role == Role::server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK |
                           GNUTLS_NO_TICKETS; // facts 7.1
    if (gnutls_init(&made, flags) < 0)
        throw std::bad_alloc{};
    session_.reset(made);
    gnutls_session_set_ptr(made, this);
    if (const int error = gnutls_priority_set(made, sharedPriority(suite)); error < 0)
        throw std::runtime_error{gnutls_strerror(error)};
    gnutls_handshake_set_max_packet_length(made, kMaxHandshakeMessage);
    transport_.attach(made);
#ifdef OCFSECD_DTLS_SECRETS_LOG
    gnutls_session_set_keylog_function(made, writeKeyLog);
#endif
}

GnutlsSession* GnutlsSession::of(gnutls_session_t session) {
    return static_cast<GnutlsSession*>(gnutls_session_get_ptr(session));
}

void GnutlsSession::feed(ByteView datagram, TimePoint now, Output& out) {
    if (phase_ == Phase::closed)
        return;
    if (phase_ == Phase::established)
        receive(datagram, out);
    else if (!intercept(datagram, now, out))
        step(datagram, now, out);
}

void GnutlsSession::step(ByteView datagram, TimePoint now, Output& out) {
    transport_.offer(datagram);
    int result = GNUTLS_E_AGAIN;
    bool wrongKey = false;
    for (int calls = 0; calls < kMaxCallsPerDatagram; ++calls) {
        const auto discardedBefore = gnutls_record_get_discarded(handle());
        result = gnutls_handshake(handle());
        if (result == GNUTLS_E_SUCCESS || gnutls_error_is_fatal(result) != 0)
            break;
        wrongKey = finishedDidNotDecrypt(discardedBefore);
        if (wrongKey || transport_.drained())
            break;
    }
    if (flush(out)) {
        patience_->interval = patience_->timers.retransmitFirst;
        patience_->resendAt = now + patience_->interval;
    }
    if (result == GNUTLS_E_SUCCESS) {
        established();
        receive({}, out); // what came behind the Finished in the same datagram
    } else if (gnutls_error_is_fatal(result) != 0) {
        failed(result, out);
    } else if (wrongKey) {
        end({Close::Cause::handshakeFailed,
             alert::badRecordMac,
             {Reason::handshakeFailed, "the peer's key is not the one kept here",
              "use the same key or PIN on both sides"}},
            out);
    }
    transport_.drop();
}

// DTLS lets GnuTLS drop such a Finished in silence, until the total time-out; the owner transfer must know at once
// (L2.8, facts 4.1 D5b). Only a Finished counts: late application data of an older session is undecryptable too. And
// only after the ChangeCipherSpec: one that overtook it would be readable when sent again.
// RFC 6347 section 4.1.2.7 would rather have it dropped, so that nobody off the path can end a handshake. But he can do
// so anyway, with a forged ClientKeyExchange or alert in epoch 0, and dropping would let a client try one PIN after the
// other with a Finished under each. So the first one ends it, whatever else is in its datagram.
bool GnutlsSession::finishedDidNotDecrypt(unsigned discardedBefore) const {
    const auto& record = transport_.taken();
    if (!mayHaveWrongKey_ || gnutls_record_get_discarded(handle()) == discardedBefore || !record ||
        record->type != ContentType::handshake || record->epoch != 1)
        return false;
    gnutls_datum_t cipherKey{};
    return gnutls_record_get_state(handle(), 1, nullptr, nullptr, &cipherKey, nullptr) == GNUTLS_E_SUCCESS &&
           cipherKey.size != 0;
}

void GnutlsSession::established() {
    phase_ = Phase::established;
    suite_ = negotiatedSuite(handle());
    transport_.setAccept(GnutlsTransport::Accept::protectedOnly);
    gnutls_dtls_set_mtu(handle(), kDataMtu);
    patience_.reset();
    handshakeOver();
    gnutls_credentials_clear(handle());
}

void GnutlsSession::receive(ByteView datagram, Output& out) {
    if (!datagram.empty())
        transport_.offer(datagram);
    for (int calls = 0; calls < kMaxCallsPerDatagram; ++calls) {
        Bytes message;
        const auto got = proven_ ? readPacket(message) : readCopy(message);
        if (got > 0) {
            out.messages.push_back(std::move(message));
            proven_ = true; // the peer has our last flight
            transport_.setAccept(GnutlsTransport::Accept::applicationPhase);
            if (transport_.drained() && gnutls_record_check_pending(handle()) == 0)
                break; // the usual datagram: one record
            continue;
        }
        if (got == 0) {
            gnutls_bye(handle(), GNUTLS_SHUT_WR);
            end({Close::Cause::peerCloseNotify, alert::closeNotify, {}}, out);
            break;
        }
        if (got == GNUTLS_E_FATAL_ALERT_RECEIVED || gnutls_error_is_fatal(static_cast<int>(got)) != 0) {
            failed(static_cast<int>(got), out);
            break;
        }
        if (transport_.drained() && (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED))
            break; // else a warning or an attempt to renegotiate (L4.8): passed over
    }
    flush(out); // a lost last flight, sent again by the library (L4.6)
    transport_.drop();
}

// Wipes the library's own copy of the plaintext, which may hold a provisioned key. GnuTLS leaks 16 kB here for every
// handshake record that comes instead of data, so none may come any more.
ssize_t GnutlsSession::readPacket(Bytes& message) {
    gnutls_packet_t packet = nullptr;
    const auto got = gnutls_record_recv_packet(handle(), &packet);
    if (packet == nullptr)
        return got;
    gnutls_datum_t data{};
    gnutls_packet_get(packet, &data, nullptr);
    message = copyOf({data.data, data.size});
    wipe(data.data, data.size);
    gnutls_packet_deinit(packet);
    return got;
}

ssize_t GnutlsSession::readCopy(Bytes& message) {
    std::array<std::uint8_t, kDataMtu> buffer;
    const auto got = gnutls_record_recv(handle(), buffer.data(), buffer.size());
    if (got > 0) {
        message = copyOf(ByteView{buffer}.first(static_cast<std::size_t>(got)));
        wipe(buffer.data(), message.size());
    }
    return got;
}

void GnutlsSession::failed(int result, Output& out) {
    const bool wasEstablished = phase_ == Phase::established;
    if (result == GNUTLS_E_FATAL_ALERT_RECEIVED) {
        const auto received = gnutls_alert_get(handle());
        const char* name = gnutls_alert_get_name(received);
        const auto reason = received == GNUTLS_A_UNKNOWN_PSK_IDENTITY ? Reason::unknownPskIdentity
                            : wasEstablished                          ? Reason::unavailable
                                                                      : Reason::handshakeFailed;
        end({Close::Cause::peerAlert,
             static_cast<std::uint8_t>(received),
             {reason,
              fmt::format("the peer sent the alert {} ({})", static_cast<int>(received), name ? name : "unknown"),
              "see the peer's log for its reason"}},
            out);
        return;
    }
    if (auto known = explain(result)) {
        end(std::move(*known), out);
        return;
    }
    int level = 0;
    const auto alert = static_cast<std::uint8_t>(gnutls_error_to_alert(result, &level));
    if (wasEstablished)
        end({Close::Cause::localClose, alert, {Reason::unavailable, gnutls_strerror(result), "connect again"}}, out);
    else
        end({Close::Cause::handshakeFailed,
             alert,
             {Reason::handshakeFailed, gnutls_strerror(result), "the peer must speak DTLS 1.2 with an OCF suite"}},
            out);
}

void GnutlsSession::end(Close reason, Output& out) {
    const bool ours = reason.cause == Close::Cause::handshakeFailed || reason.cause == Close::Cause::localClose;
    if (ours && reason.alert)
        gnutls_alert_send(handle(), GNUTLS_AL_FATAL, static_cast<gnutls_alert_description_t>(*reason.alert));
    flush(out);
    phase_ = Phase::closed;
    close_ = std::make_unique<Close>(std::move(reason));
    patience_.reset();
    handshakeOver();
}

bool GnutlsSession::flush(Output& out) {
    auto sent = transport_.takeSent();
    std::ranges::move(sent, std::back_inserter(out.datagrams));
    return !sent.empty();
}

void GnutlsSession::send(ByteView message, TimePoint, Output& out) {
    if (phase_ != Phase::established || message.empty())
        return;
    gnutls_record_send(handle(), message.data(), message.size());
    flush(out);
}

void GnutlsSession::resume(TimePoint now) {
    phase_ = Phase::handshaking;
    patience_->interval = patience_->timers.retransmitFirst;
    patience_->resendAt = now + patience_->interval;
}

void GnutlsSession::tick(TimePoint now, Output& out) {
    if (!patience_ || phase_ == Phase::closed)
        return;
    if (now >= patience_->giveUpAt) {
        end({Close::Cause::timedOut,
             std::nullopt,
             {Reason::timedOut, "the handshake took too long", "check that the peer's datagrams arrive"}},
            out);
        return;
    }
    if (phase_ != Phase::handshaking || now < patience_->resendAt)
        return; // while a key is being fetched it is our turn, not the peer's
    const auto next = std::min(patience_->interval * 2, patience_->timers.retransmitMax);
    transport_.allowRetransmission(true);
    step({}, now, out);
    transport_.allowRetransmission(false);
    if (patience_) {
        patience_->interval = next;
        patience_->resendAt = now + next;
    }
}

void GnutlsSession::close(TimePoint, Output& out) {
    if (phase_ == Phase::closed)
        return;
    if (phase_ == Phase::established)
        gnutls_bye(handle(), GNUTLS_SHUT_WR);
    end({Close::Cause::localClose, std::nullopt, {}}, out);
}

std::optional<TimePoint> GnutlsSession::deadline() const {
    if (!patience_)
        return std::nullopt;
    return phase_ == Phase::handshaking ? std::min(patience_->resendAt, patience_->giveUpAt) : patience_->giveUpAt;
}

const Close& GnutlsSession::closeReason() const {
    static const Close open;
    return close_ ? *close_ : open;
}

Suite GnutlsSession::suite() const {
    return suite_ != Suite::none ? suite_ : negotiatedSuite(handle());
}

Result<SecretBytes> GnutlsSession::keyBlock() const {
    if (phase_ != Phase::established)
        return Failure{Reason::unavailable, "the association has no key block", "wait for the handshake"};
    SecretBytes block{keyBlockSize(suite_)};
    constexpr std::string_view label = "key expansion"; // L1.9: the TLS key block itself, with or without EMS
    constexpr int serverRandomFirst = 1;
    const int error = gnutls_prf(handle(), label.size(), label.data(), serverRandomFirst, 0, nullptr, block.size(),
                                 reinterpret_cast<char*>(block.edit().data()));
    if (error < 0)
        return Failure{Reason::internal, gnutls_strerror(error), ""};
    return block;
}

} // namespace ocfsecd::dtls
