#pragma once
// A GnuTLS client that is not the project's: other priorities, a renegotiation at will.

#include "certificates.h"

#include <cerrno>
#include <deque>
#include <gnutls/dtls.h>
#include <utility>

namespace ocfsecd::dtls::test {

class RawGnutlsClient final : public Session {
public:
    RawGnutlsClient(const char* priorities, Bytes identity, Bytes key, Output& out)
        : identity_{std::move(identity)}, key_{std::move(key)} {
        begin(priorities);
        gnutls_psk_allocate_client_credentials(&credentials_);
        const gnutls_datum_t name{identity_.data(), static_cast<unsigned>(identity_.size())};
        const gnutls_datum_t secret{key_.data(), static_cast<unsigned>(key_.size())};
        gnutls_psk_set_client_credentials2(credentials_, &name, &secret, GNUTLS_PSK_KEY_RAW);
        gnutls_credentials_set(session_, GNUTLS_CRD_PSK, credentials_);
        handshake(out);
    }
    /// With certificates; trusts everybody. Its own signature has this algorithm and no other.
    RawGnutlsClient(const std::string& priorities, const EndEntity& own, Output& out,
                    gnutls_sign_algorithm_t signature = GNUTLS_SIGN_ECDSA_SHA256)
        : signature_{signature} {
        begin(priorities.c_str());
        gnutls_certificate_allocate_credentials(&certificates_);
        gnutls_certificate_set_flags(certificates_, GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
        if (!own.chain.empty())
            useKey(own);
        gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, certificates_);
        handshake(out);
    }
    ~RawGnutlsClient() override {
        gnutls_deinit(session_);
        if (credentials_ != nullptr)
            gnutls_psk_free_client_credentials(credentials_);
        if (certificates_ != nullptr)
            gnutls_certificate_free_credentials(certificates_);
        if (inner_ != nullptr)
            gnutls_privkey_deinit(inner_);
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
    void useKey(const EndEntity& own) {
        auto* chain = static_cast<gnutls_pcert_st*>(gnutls_calloc(own.chain.size(), sizeof(gnutls_pcert_st)));
        for (std::size_t i = 0; i < own.chain.size(); ++i) {
            const gnutls_datum_t raw{const_cast<unsigned char*>(own.chain[i].data()),
                                     static_cast<unsigned>(own.chain[i].size())};
            require(gnutls_pcert_import_x509_raw(&chain[i], &raw, GNUTLS_X509_FMT_DER, 0));
        }
        require(gnutls_privkey_init(&inner_));
        require(gnutls_privkey_import_x509(inner_, own.key.get(), GNUTLS_PRIVKEY_IMPORT_COPY));
        gnutls_privkey_t outer = nullptr;
        require(gnutls_privkey_init(&outer));
        require(gnutls_privkey_import_ext4(
            outer, this, nullptr,
            [](gnutls_privkey_t, gnutls_sign_algorithm_t algorithm, void* self, unsigned, const gnutls_datum_t* hash,
               gnutls_datum_t* signature) {
                return gnutls_privkey_sign_hash2(static_cast<RawGnutlsClient*>(self)->inner_, algorithm, 0, hash,
                                                 signature);
            },
            nullptr, nullptr,
            [](gnutls_privkey_t, unsigned flags, void* self) -> int {
                if ((flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO) != 0)
                    return GNUTLS_FLAGS_TO_SIGN_ALGO(flags) == static_cast<RawGnutlsClient*>(self)->signature_ ? 1 : 0;
                return (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS) != 0 ? 256 : static_cast<int>(GNUTLS_PK_ECDSA);
            },
            0));
        require(
            gnutls_certificate_set_key(certificates_, nullptr, 0, chain, static_cast<int>(own.chain.size()), outer));
        gnutls_free(chain); // what is in it belongs to the credentials now
    }
    void begin(const char* priorities) {
        gnutls_init(&session_, GNUTLS_CLIENT | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK);
        problem_ = gnutls_priority_set_direct(session_, priorities, nullptr);
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
    }
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
    gnutls_certificate_credentials_t certificates_ = nullptr;
    gnutls_privkey_t inner_ = nullptr;
    gnutls_sign_algorithm_t signature_ = GNUTLS_SIGN_UNKNOWN;
    std::deque<Bytes> pending_;
    std::vector<Bytes> sent_;
    Phase phase_ = Phase::handshaking;
    Close close_;
    int problem_ = 0;
};

} // namespace ocfsecd::dtls::test
