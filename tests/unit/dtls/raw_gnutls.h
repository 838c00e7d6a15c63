#pragma once
// A GnuTLS client that is not the project's: other priorities, a renegotiation at will.

#include "dtls/session.h"

#include <cerrno>
#include <deque>
#include <gnutls/dtls.h>
#include <utility>

namespace ocfsecd::dtls::test {

class RawGnutlsClient final : public Session {
public:
    RawGnutlsClient(const char* priorities, Bytes identity, Bytes key, Output& out)
        : identity_{std::move(identity)}, key_{std::move(key)} {
        gnutls_init(&session_, GNUTLS_CLIENT | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK);
        problem_ = gnutls_priority_set_direct(session_, priorities, nullptr);
        gnutls_psk_allocate_client_credentials(&credentials_);
        const gnutls_datum_t name{identity_.data(), static_cast<unsigned>(identity_.size())};
        const gnutls_datum_t secret{key_.data(), static_cast<unsigned>(key_.size())};
        gnutls_psk_set_client_credentials2(credentials_, &name, &secret, GNUTLS_PSK_KEY_RAW);
        gnutls_credentials_set(session_, GNUTLS_CRD_PSK, credentials_);
        gnutls_transport_set_ptr(session_, this);
        gnutls_transport_set_push_function(session_, [](void* self, const void* data, std::size_t size) {
            static_cast<RawGnutlsClient*>(self)->sent_.push_back(
                copyOf({static_cast<const std::uint8_t*>(data), size}));
            return static_cast<ssize_t>(size);
        });
        gnutls_transport_set_pull_function(session_, [](void* self, void* data, std::size_t size) -> ssize_t {
            auto& me = *static_cast<RawGnutlsClient*>(self);
            if (me.pending_.empty()) {
                gnutls_transport_set_errno(me.session_, EAGAIN);
                return -1;
            }
            const auto next = std::move(me.pending_.front());
            me.pending_.pop_front();
            const auto n = std::min(size, next.size());
            std::copy_n(next.begin(), n, static_cast<std::uint8_t*>(data));
            return static_cast<ssize_t>(n);
        });
        gnutls_transport_set_pull_timeout_function(session_, [](void* self, unsigned) {
            return static_cast<RawGnutlsClient*>(self)->pending_.empty() ? 0 : 1;
        });
        gnutls_dtls_set_timeouts(session_, 60000, 120000);
        handshake(out);
    }
    ~RawGnutlsClient() override {
        gnutls_deinit(session_);
        gnutls_psk_free_client_credentials(credentials_);
    }
    RawGnutlsClient(const RawGnutlsClient&) = delete;
    RawGnutlsClient& operator=(const RawGnutlsClient&) = delete;

    void feed(ByteView datagram, TimePoint, Output& out) override {
        pending_.push_back(copyOf(datagram));
        if (phase_ == Phase::handshaking)
            handshake(out);
        if (phase_ == Phase::established)
            receive(out);
    }
    void send(ByteView message, TimePoint, Output& out) override {
        gnutls_record_send(session_, message.data(), message.size());
        flush(out);
    }
    /// Hands over what the library sent outside the calls here.
    void flush(Output& out) {
        for (auto& datagram : std::exchange(sent_, {}))
            out.datagrams.push_back(std::move(datagram));
    }
    /// Starts another handshake inside the session.
    void renegotiate(Output& out) {
        gnutls_handshake(session_);
        flush(out);
    }
    void provideKey(SharedSecret, TimePoint, Output&) override {}
    void tick(TimePoint, Output&) override {}
    void close(TimePoint, Output& out) override {
        gnutls_bye(session_, GNUTLS_SHUT_WR);
        flush(out);
    }
    std::optional<TimePoint> deadline() const override { return std::nullopt; }
    Phase phase() const override { return phase_; }
    const Close& closeReason() const override { return close_; }
    Suite suite() const override { return Suite::none; }
    ByteView identity() const override { return {}; }
    ByteView hint() const override { return {}; }
    Result<SecretBytes> keyBlock() const override {
        SecretBytes block{96};
        gnutls_prf(session_, 13, "key expansion", 1, 0, nullptr, block.size(),
                   reinterpret_cast<char*>(block.edit().data()));
        return block;
    }
    gnutls_session_t handle() const { return session_; }
    int problem() const { return problem_; }

private:
    void handshake(Output& out) {
        int result = GNUTLS_E_AGAIN;
        for (int i = 0; i < 16; ++i) {
            result = gnutls_handshake(session_);
            if (result == 0 || gnutls_error_is_fatal(result) != 0 || pending_.empty())
                break;
        }
        flush(out);
        if (result == 0)
            phase_ = Phase::established;
        else if (gnutls_error_is_fatal(result) != 0)
            failed(result);
    }
    void receive(Output& out) {
        std::uint8_t buffer[2048];
        for (int i = 0; i < 16; ++i) {
            const auto got = gnutls_record_recv(session_, buffer, sizeof buffer);
            if (got > 0)
                out.messages.push_back(copyOf({buffer, static_cast<std::size_t>(got)}));
            else if (got == 0 || gnutls_error_is_fatal(static_cast<int>(got)) != 0)
                return failed(static_cast<int>(got));
            else if (pending_.empty())
                return;
        }
    }
    void failed(int result) {
        problem_ = result;
        phase_ = Phase::closed;
        close_.cause = result == 0 ? Close::Cause::peerCloseNotify : Close::Cause::handshakeFailed;
        if (result == GNUTLS_E_FATAL_ALERT_RECEIVED) {
            close_.cause = Close::Cause::peerAlert;
            close_.alert = static_cast<std::uint8_t>(gnutls_alert_get(session_));
        }
        close_.failure.what = gnutls_strerror(result);
    }
    Bytes identity_;
    Bytes key_;
    gnutls_session_t session_ = nullptr;
    gnutls_psk_client_credentials_t credentials_ = nullptr;
    std::deque<Bytes> pending_;
    std::vector<Bytes> sent_;
    Phase phase_ = Phase::handshaking;
    Close close_;
    int problem_ = 0;
};

} // namespace ocfsecd::dtls::test
