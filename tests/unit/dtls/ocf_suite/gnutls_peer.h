#pragma once
// GnuTLS as an independent peer for 0xC037, client or server, its transport in memory.

#include "dtls/session.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <gnutls/dtls.h>
#include <string>
#include <utility>

namespace ocfsecd::dtls::ocf_suite::test {

class GnutlsPeer final : public Session {
public:
    struct Setup {
        bool server = false;
        bool extendedMasterSecret = true;
        Bytes identity; ///< client
        Bytes key;
        std::string hint; ///< server; a C string there
    };

    GnutlsPeer(Setup setup, Output& out) : setup_{std::move(setup)} {
        gnutls_init(&session_, (setup_.server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK |
                                   GNUTLS_NO_TICKETS);
        auto priorities = std::string{"NONE:+VERS-DTLS1.2:+ECDHE-PSK:+AES-128-CBC:+SHA256:+GROUP-SECP256R1:"
                                      "+SIGN-ECDSA-SHA256:%NO_ETM"};
        if (!setup_.extendedMasterSecret)
            priorities += ":%NO_SESSION_HASH";
        gnutls_priority_set_direct(session_, priorities.c_str(), nullptr);
        gnutls_session_set_ptr(session_, this);
        if (setup_.server) {
            gnutls_psk_allocate_server_credentials(&server_);
            gnutls_psk_set_server_credentials_hint(server_, setup_.hint.c_str());
            gnutls_psk_set_server_credentials_function2(server_, keyOf);
            gnutls_credentials_set(session_, GNUTLS_CRD_PSK, server_);
        } else {
            gnutls_psk_allocate_client_credentials(&client_);
            const auto name = datum(setup_.identity), secret = datum(setup_.key);
            gnutls_psk_set_client_credentials2(client_, &name, &secret, GNUTLS_PSK_KEY_RAW);
            gnutls_credentials_set(session_, GNUTLS_CRD_PSK, client_);
        }
        gnutls_transport_set_ptr(session_, this);
        gnutls_transport_set_push_function(session_, push);
        gnutls_transport_set_pull_function(session_, pull);
        gnutls_transport_set_pull_timeout_function(
            session_, [](void* self, unsigned) { return static_cast<GnutlsPeer*>(self)->pending_.empty() ? 0 : 1; });
        gnutls_dtls_set_mtu(session_, 17000);              // cut to 16384 with all overhead
        gnutls_dtls_set_timeouts(session_, 60000, 120000); // its clock is the real one: it must not matter
        step(out);
    }
    ~GnutlsPeer() override {
        gnutls_deinit(session_);
        if (client_ != nullptr)
            gnutls_psk_free_client_credentials(client_);
        if (server_ != nullptr)
            gnutls_psk_free_server_credentials(server_);
    }
    GnutlsPeer(const GnutlsPeer&) = delete;
    GnutlsPeer& operator=(const GnutlsPeer&) = delete;

    void feed(ByteView datagram, TimePoint, Output& out) override {
        pending_.push_back(copyOf(datagram));
        step(out);
    }
    void send(ByteView message, TimePoint, Output& out) override {
        gnutls_record_send(session_, message.data(), message.size());
        flush(out);
    }
    void close(TimePoint, Output& out) override {
        gnutls_bye(session_, GNUTLS_SHUT_WR);
        flush(out);
    }
    void provideKey(SharedSecret, TimePoint, Output&) override {}
    void tick(TimePoint, Output&) override {}
    std::optional<TimePoint> deadline() const override { return std::nullopt; }
    Phase phase() const override { return phase_; }
    const Close& closeReason() const override { return close_; }
    Suite suite() const override {
        return gnutls_cipher_get(session_) == GNUTLS_CIPHER_AES_128_CBC ? Suite::ecdhePskAes128CbcSha256 : Suite::none;
    }
    ByteView identity() const override { return seenIdentity_; }
    ByteView hint() const override { return {}; }
    Result<SecretBytes> keyBlock() const override {
        SecretBytes block{96};
        gnutls_prf(session_, 13, "key expansion", 1, 0, nullptr, block.size(),
                   reinterpret_cast<char*>(block.edit().data())); // L1.9
        return block;
    }
    bool usedExtendedMasterSecret() const {
        return (gnutls_session_get_flags(session_) & GNUTLS_SFLAGS_EXT_MASTER_SECRET) != 0;
    }

private:
    static gnutls_datum_t datum(Bytes& from) { return {from.data(), static_cast<unsigned>(from.size())}; }
    static ssize_t push(void* self, const void* data, std::size_t size) {
        static_cast<GnutlsPeer*>(self)->sent_.push_back(copyOf({static_cast<const std::uint8_t*>(data), size}));
        return static_cast<ssize_t>(size);
    }
    static ssize_t pull(void* self, void* data, std::size_t size) {
        auto& me = *static_cast<GnutlsPeer*>(self);
        if (me.pending_.empty()) {
            gnutls_transport_set_errno(me.session_, EAGAIN);
            return -1;
        }
        const auto next = std::move(me.pending_.front());
        me.pending_.pop_front();
        const auto n = std::min(size, next.size());
        std::copy_n(next.begin(), n, static_cast<std::uint8_t*>(data));
        return static_cast<ssize_t>(n);
    }
    static int keyOf(gnutls_session_t session, const gnutls_datum_t* name, gnutls_datum_t* key) {
        auto& me = *static_cast<GnutlsPeer*>(gnutls_session_get_ptr(session));
        me.seenIdentity_ = copyOf({name->data, name->size});
        key->size = static_cast<unsigned>(me.setup_.key.size());
        key->data = static_cast<unsigned char*>(gnutls_malloc(key->size));
        std::ranges::copy(me.setup_.key, key->data);
        return 0;
    }

    void step(Output& out) {
        for (int i = 0; i < 16 && phase_ == Phase::handshaking; ++i) {
            const int result = gnutls_handshake(session_);
            if (result == 0)
                phase_ = Phase::established;
            else if (gnutls_error_is_fatal(result) != 0)
                fail(result);
            else if (pending_.empty())
                break;
        }
        std::uint8_t buffer[20000];
        for (int i = 0; i < 16 && phase_ == Phase::established; ++i) {
            const auto got = gnutls_record_recv(session_, buffer, sizeof buffer);
            if (got > 0)
                out.messages.push_back(copyOf({buffer, static_cast<std::size_t>(got)}));
            else if (got == 0 || gnutls_error_is_fatal(static_cast<int>(got)) != 0)
                fail(static_cast<int>(got));
            else if (pending_.empty())
                break;
        }
        flush(out);
    }
    void fail(int result) {
        phase_ = Phase::closed;
        close_.cause = result == 0 ? Close::Cause::peerCloseNotify : Close::Cause::handshakeFailed;
        if (result == GNUTLS_E_FATAL_ALERT_RECEIVED) {
            close_.cause = Close::Cause::peerAlert;
            close_.alert = static_cast<std::uint8_t>(gnutls_alert_get(session_));
        }
        close_.failure.what = gnutls_strerror(result);
    }
    void flush(Output& out) {
        for (auto& datagram : std::exchange(sent_, {}))
            out.datagrams.push_back(std::move(datagram));
    }

    Setup setup_;
    gnutls_session_t session_ = nullptr;
    gnutls_psk_client_credentials_t client_ = nullptr;
    gnutls_psk_server_credentials_t server_ = nullptr;
    std::deque<Bytes> pending_;
    std::vector<Bytes> sent_;
    Bytes seenIdentity_;
    Phase phase_ = Phase::handshaking;
    Close close_;
};

} // namespace ocfsecd::dtls::ocf_suite::test
