#pragma once
// A peer of an independent make, Mbed TLS 2.28, client or server (with cookies): transport in memory, timers on the
// test's clock.

#include "dtls/session.h"

#include <deque>
#include <gtest/gtest.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cookie.h>
#include <string>
#include <utility>

namespace ocfsecd::dtls::test {

class MbedPeer final : public Session {
public:
    struct Setup {
        std::vector<int> suites{MBEDTLS_TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256};
        Bytes identity;
        Bytes key;
        std::vector<Bytes> chain; ///< own certificates, DER, leaf first …
        Bytes privateKey;         ///< … and the leaf's key
        Bytes authority;          ///< DER of the root trusted
        std::uint16_t mtu = 0;
        bool server = false;
        bool extendedMasterSecret = true;
    };

    MbedPeer(Setup setup, TimePoint now, Output& out) : setup_{std::move(setup)}, now_{now} {
        mbedtls_entropy_init(&entropy_);
        mbedtls_ctr_drbg_init(&random_);
        mbedtls_ssl_config_init(&config_);
        mbedtls_ssl_cookie_init(&cookies_);
        mbedtls_ssl_init(&ssl_);
        must(mbedtls_ctr_drbg_seed(&random_, mbedtls_entropy_func, &entropy_, nullptr, 0));
        must(mbedtls_ssl_config_defaults(&config_, setup_.server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
                                         MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT));
        mbedtls_ssl_conf_rng(&config_, mbedtls_ctr_drbg_random, &random_);
        setup_.suites.push_back(0);
        mbedtls_ssl_conf_ciphersuites(&config_, setup_.suites.data());
        mbedtls_ssl_conf_extended_master_secret(
            &config_, setup_.extendedMasterSecret ? MBEDTLS_SSL_EXTENDED_MS_ENABLED : MBEDTLS_SSL_EXTENDED_MS_DISABLED);
        mbedtls_ssl_conf_export_keys_ext_cb(&config_, exportKeys, this);
        if (!setup_.key.empty()) {
            must(mbedtls_ssl_conf_psk(&config_, setup_.key.data(), setup_.key.size(), setup_.identity.data(),
                                      setup_.identity.size()));
        }
        useCertificates();
        if (setup_.server) {
            must(mbedtls_ssl_cookie_setup(&cookies_, mbedtls_ctr_drbg_random, &random_));
            mbedtls_ssl_conf_dtls_cookies(&config_, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check, &cookies_);
            mbedtls_ssl_conf_authmode(&config_,
                                      setup_.authority.empty() ? MBEDTLS_SSL_VERIFY_NONE : MBEDTLS_SSL_VERIFY_REQUIRED);
        }
        must(mbedtls_ssl_setup(&ssl_, &config_));
        if (setup_.mtu != 0)
            mbedtls_ssl_set_mtu(&ssl_, setup_.mtu);
        mbedtls_ssl_set_bio(&ssl_, this, send, receive, nullptr);
        mbedtls_ssl_set_timer_cb(&ssl_, this, setTimer, getTimer);
        nameClient();
        step(out);
    }
    ~MbedPeer() override {
        mbedtls_ssl_free(&ssl_);
        mbedtls_ssl_config_free(&config_);
        mbedtls_ssl_cookie_free(&cookies_);
        mbedtls_x509_crt_free(&authority_);
        mbedtls_x509_crt_free(&chain_);
        mbedtls_pk_free(&privateKey_);
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
        EXPECT_EQ(mbedtls_ssl_write(&ssl_, message.data(), message.size()), static_cast<int>(message.size()));
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
    std::optional<TimePoint> deadline() const override { return phase_ == Phase::closed ? std::nullopt : final_; }
    Phase phase() const override { return phase_; }
    const Close& closeReason() const override { return close_; }
    Suite suite() const override { return Suite::none; }
    ByteView identity() const override { return {}; }
    ByteView hint() const override { return {}; }
    Result<SecretBytes> keyBlock() const override { return SecretBytes{keyBlock_}; }

    /// The server's: the client's leaf, DER; empty when none came.
    Bytes clientLeaf() const {
        const auto* leaf = mbedtls_ssl_get_peer_cert(&ssl_);
        return leaf == nullptr ? Bytes{} : copyOf({leaf->raw.p, leaf->raw.len});
    }

    int problem() const { return problem_; } ///< 0: everything it needs could be set up

private:
    void must(int result) {
        EXPECT_EQ(result, 0);
        problem_ |= result;
    }
    void nameClient() {
        constexpr unsigned char kName[] = {192, 0, 2, 1};
        if (setup_.server) {
            must(mbedtls_ssl_set_client_transport_id(&ssl_, kName, sizeof kName));
        }
    }
    void useCertificates() {
        mbedtls_x509_crt_init(&authority_);
        mbedtls_x509_crt_init(&chain_);
        mbedtls_pk_init(&privateKey_);
        if (!setup_.authority.empty()) {
            must(mbedtls_x509_crt_parse(&authority_, setup_.authority.data(), setup_.authority.size()));
            mbedtls_ssl_conf_ca_chain(&config_, &authority_, nullptr);
        }
        for (const auto& der : setup_.chain)
            must(mbedtls_x509_crt_parse(&chain_, der.data(), der.size()));
        if (!setup_.chain.empty()) {
            must(mbedtls_pk_parse_key(&privateKey_, setup_.privateKey.data(), setup_.privateKey.size(), nullptr, 0));
            must(mbedtls_ssl_conf_own_cert(&config_, &chain_, &privateKey_));
        }
    }
    static int exportKeys(void* self, const unsigned char*, const unsigned char* block, std::size_t mac,
                          std::size_t key, std::size_t iv, const unsigned char*, const unsigned char*,
                          mbedtls_tls_prf_types) {
        static_cast<MbedPeer*>(self)->keyBlock_ = copyOf({block, 2 * (mac + key + iv)});
        return 0;
    }
    static int send(void* self, const unsigned char* data, std::size_t size) {
        static_cast<MbedPeer*>(self)->sent_.push_back(copyOf({data, size}));
        return static_cast<int>(size);
    }
    static int receive(void* self, unsigned char* data, std::size_t size) {
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
            if (result == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) { // stateless: begins anew with the next hello
                must(mbedtls_ssl_session_reset(&ssl_));
                nameClient();
                continue;
            }
            if (result == 0)
                phase_ = Phase::established;
            else if (result != MBEDTLS_ERR_SSL_WANT_READ && result != MBEDTLS_ERR_SSL_WANT_WRITE)
                fail(result);
            break;
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

    Setup setup_;
    mbedtls_x509_crt authority_{};
    mbedtls_x509_crt chain_{};
    mbedtls_pk_context privateKey_{};
    Bytes keyBlock_;
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
    Phase phase_ = Phase::handshaking;
    Close close_;
    int problem_ = 0;
};

} // namespace ocfsecd::dtls::test
