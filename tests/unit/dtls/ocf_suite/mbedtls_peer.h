#pragma once
// Mbed TLS 2.28 as an independent peer for 0xC037, client or server (with cookies), its transport in memory and its
// timers on the test's clock.

#include "dtls/session.h"

#include <algorithm>
#include <array>
#include <deque>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cookie.h>
#include <string>
#include <utility>

namespace ocfsecd::dtls::ocf_suite::test {

class MbedPeer final : public Session {
public:
    struct Setup {
        bool server = false;
        bool extendedMasterSecret = true;
        Bytes identity;
        Bytes key;
        std::uint16_t mtu = 0;
    };

    MbedPeer(const Setup& setup, TimePoint now, Output& out) : server_{setup.server}, now_{now} {
        mbedtls_entropy_init(&entropy_);
        mbedtls_ctr_drbg_init(&random_);
        mbedtls_ssl_config_init(&config_);
        mbedtls_ssl_cookie_init(&cookies_);
        mbedtls_ssl_init(&ssl_);
        problem_ |= mbedtls_ctr_drbg_seed(&random_, mbedtls_entropy_func, &entropy_, nullptr, 0);
        problem_ |= mbedtls_ssl_config_defaults(&config_, server_ ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
                                                MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT);
        mbedtls_ssl_conf_rng(&config_, mbedtls_ctr_drbg_random, &random_);
        mbedtls_ssl_conf_ciphersuites(&config_, suites_);
        mbedtls_ssl_conf_extended_master_secret(
            &config_, setup.extendedMasterSecret ? MBEDTLS_SSL_EXTENDED_MS_ENABLED : MBEDTLS_SSL_EXTENDED_MS_DISABLED);
        problem_ |= mbedtls_ssl_conf_psk(&config_, setup.key.data(), setup.key.size(), setup.identity.data(),
                                         setup.identity.size());
        if (server_) {
            problem_ |= mbedtls_ssl_cookie_setup(&cookies_, mbedtls_ctr_drbg_random, &random_);
            mbedtls_ssl_conf_dtls_cookies(&config_, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check, &cookies_);
        }
        problem_ |= mbedtls_ssl_setup(&ssl_, &config_);
        if (setup.mtu != 0)
            mbedtls_ssl_set_mtu(&ssl_, setup.mtu);
        if (server_)
            nameClient();
        mbedtls_ssl_set_bio(&ssl_, this, sendOut, receiveIn, nullptr);
        mbedtls_ssl_set_timer_cb(&ssl_, this, setTimer, getTimer);
        step(out);
    }
    ~MbedPeer() override {
        mbedtls_ssl_free(&ssl_);
        mbedtls_ssl_cookie_free(&cookies_);
        mbedtls_ssl_config_free(&config_);
        mbedtls_ctr_drbg_free(&random_);
        mbedtls_entropy_free(&entropy_);
    }
    MbedPeer(const MbedPeer&) = delete;
    MbedPeer& operator=(const MbedPeer&) = delete;

    void feed(ByteView datagram, TimePoint now, Output& out) override {
        now_ = now;
        pending_.push_back(copyOf(datagram));
        step(out);
    }
    void send(ByteView message, TimePoint now, Output& out) override {
        now_ = now;
        if (mbedtls_ssl_write(&ssl_, message.data(), message.size()) != static_cast<int>(message.size()))
            phase_ = Phase::closed;
        flush(out);
    }
    void tick(TimePoint now, Output& out) override {
        now_ = now;
        if (final_ && now >= *final_)
            step(out);
    }
    void close(TimePoint now, Output& out) override {
        now_ = now;
        mbedtls_ssl_close_notify(&ssl_);
        flush(out);
    }
    void provideKey(SharedSecret, TimePoint, Output&) override {}
    std::optional<TimePoint> deadline() const override { return phase_ == Phase::handshaking ? final_ : std::nullopt; }
    Phase phase() const override { return phase_; }
    const Close& closeReason() const override { return close_; }
    Suite suite() const override { return Suite::none; }
    ByteView identity() const override { return {}; }
    ByteView hint() const override { return {}; }
    Result<SecretBytes> keyBlock() const override { return Failure{}; }
    int problem() const { return problem_; }

private:
    void nameClient() {
        constexpr std::array<unsigned char, 4> name{192, 0, 2, 1};
        problem_ |= mbedtls_ssl_set_client_transport_id(&ssl_, name.data(), name.size());
    }
    static int sendOut(void* self, const unsigned char* data, std::size_t size) {
        static_cast<MbedPeer*>(self)->sent_.push_back(copyOf({data, size}));
        return static_cast<int>(size);
    }
    static int receiveIn(void* self, unsigned char* data, std::size_t size) {
        auto& me = *static_cast<MbedPeer*>(self);
        if (me.pending_.empty())
            return MBEDTLS_ERR_SSL_WANT_READ;
        const auto next = std::move(me.pending_.front());
        me.pending_.pop_front();
        const auto n = std::min(size, next.size());
        std::copy_n(next.begin(), n, data);
        return static_cast<int>(n);
    }
    static void setTimer(void* self, std::uint32_t intermediate, std::uint32_t final) {
        auto& me = *static_cast<MbedPeer*>(self);
        me.intermediate_ = me.now_ + Duration{intermediate};
        me.final_ = final == 0 ? std::nullopt : std::optional{me.now_ + Duration{final}};
    }
    static int getTimer(void* self) {
        const auto& me = *static_cast<MbedPeer*>(self);
        if (!me.final_)
            return -1;
        return me.now_ >= *me.final_ ? 2 : me.now_ >= me.intermediate_ ? 1 : 0;
    }

    void step(Output& out) {
        while (phase_ == Phase::handshaking) {
            const int result = mbedtls_ssl_handshake(&ssl_);
            if (result == 0) {
                phase_ = Phase::established;
            } else if (result == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) { // stateless: begins anew with the next hello
                problem_ |= mbedtls_ssl_session_reset(&ssl_);
                nameClient();
            } else if (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE) {
                break;
            } else {
                fail(result);
            }
        }
        while (phase_ == Phase::established) {
            unsigned char buffer[20000];
            const int got = mbedtls_ssl_read(&ssl_, buffer, sizeof buffer);
            if (got > 0)
                out.messages.push_back(copyOf({buffer, static_cast<std::size_t>(got)}));
            else if (got == MBEDTLS_ERR_SSL_WANT_READ)
                break;
            else
                fail(got);
        }
        flush(out);
    }
    void fail(int result) {
        phase_ = Phase::closed;
        close_.cause =
            result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY ? Close::Cause::peerCloseNotify : Close::Cause::handshakeFailed;
        if (result == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
            close_.cause = Close::Cause::peerAlert;
        close_.failure.what = "Mbed TLS error " + std::to_string(result);
    }
    void flush(Output& out) {
        for (auto& datagram : std::exchange(sent_, {}))
            out.datagrams.push_back(std::move(datagram));
    }

    static constexpr int suites_[] = {MBEDTLS_TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256, 0};
    bool server_;
    mbedtls_entropy_context entropy_{};
    mbedtls_ctr_drbg_context random_{};
    mbedtls_ssl_config config_{};
    mbedtls_ssl_cookie_ctx cookies_{};
    mbedtls_ssl_context ssl_{};
    TimePoint now_;
    TimePoint intermediate_;
    std::optional<TimePoint> final_;
    std::deque<Bytes> pending_;
    std::vector<Bytes> sent_;
    int problem_ = 0;
    Phase phase_ = Phase::handshaking;
    Close close_;
};

} // namespace ocfsecd::dtls::ocf_suite::test
