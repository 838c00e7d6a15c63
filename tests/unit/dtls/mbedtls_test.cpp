// An independent peer: Mbed TLS 2.28, the library under IoTivity-Lite. It packs ClientKeyExchange, ChangeCipherSpec and
// Finished into one datagram, which is what the wait for a key must hold back (L2.10).

#include "engines.h"
#include "hello.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;
using Kind = ListenerEvent::Kind;

namespace {

const Address kPeer = address(1000);

class MbedClient final : public Session {
public:
    MbedClient(const Bytes& identity, const Bytes& key, TimePoint now, Output& out, std::uint16_t mtu = 0) : now_{now} {
        mbedtls_entropy_init(&entropy_);
        mbedtls_ctr_drbg_init(&random_);
        mbedtls_ssl_config_init(&config_);
        mbedtls_ssl_init(&ssl_);
        EXPECT_EQ(mbedtls_ctr_drbg_seed(&random_, mbedtls_entropy_func, &entropy_, nullptr, 0), 0);
        EXPECT_EQ(mbedtls_ssl_config_defaults(&config_, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_DATAGRAM,
                                              MBEDTLS_SSL_PRESET_DEFAULT),
                  0);
        mbedtls_ssl_conf_rng(&config_, mbedtls_ctr_drbg_random, &random_);
        mbedtls_ssl_conf_ciphersuites(&config_, suites_);
        EXPECT_EQ(mbedtls_ssl_conf_psk(&config_, key.data(), key.size(), identity.data(), identity.size()), 0);
        EXPECT_EQ(mbedtls_ssl_setup(&ssl_, &config_), 0);
        if (mtu != 0)
            mbedtls_ssl_set_mtu(&ssl_, mtu);
        mbedtls_ssl_set_bio(&ssl_, this, send, receive, nullptr);
        mbedtls_ssl_set_timer_cb(&ssl_, this, setTimer, getTimer);
        step(out);
    }
    ~MbedClient() override {
        mbedtls_ssl_free(&ssl_);
        mbedtls_ssl_config_free(&config_);
        mbedtls_ctr_drbg_free(&random_);
        mbedtls_entropy_free(&entropy_);
    }
    MbedClient(const MbedClient&) = delete;
    MbedClient& operator=(const MbedClient&) = delete;

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
    Result<SecretBytes> keyBlock() const override { return Failure{}; }

private:
    static int send(void* self, const unsigned char* data, std::size_t size) {
        static_cast<MbedClient*>(self)->sent_.push_back(copyOf({data, size}));
        return static_cast<int>(size);
    }
    static int receive(void* self, unsigned char* data, std::size_t size) {
        auto& me = *static_cast<MbedClient*>(self);
        if (me.pending_.empty())
            return MBEDTLS_ERR_SSL_WANT_READ;
        const auto next = std::move(me.pending_.front());
        me.pending_.pop_front();
        const auto n = std::min(size, next.size());
        std::copy_n(next.begin(), n, data);
        return static_cast<int>(n);
    }
    static void setTimer(void* self, std::uint32_t intermediate, std::uint32_t final) {
        auto& me = *static_cast<MbedClient*>(self);
        me.intermediate_ = me.now_ + Duration{intermediate};
        me.final_ = final == 0 ? std::nullopt : std::optional{me.now_ + Duration{final}};
    }
    static int getTimer(void* self) {
        const auto& me = *static_cast<MbedClient*>(self);
        if (!me.final_)
            return -1;
        return me.now_ >= *me.final_ ? 2 : me.now_ >= me.intermediate_ ? 1 : 0;
    }

    void step(Output& out) {
        if (phase_ == Phase::handshaking) {
            const int result = mbedtls_ssl_handshake(&ssl_);
            if (result == 0)
                phase_ = Phase::established;
            else if (result != MBEDTLS_ERR_SSL_WANT_READ && result != MBEDTLS_ERR_SSL_WANT_WRITE)
                fail(result);
        }
        while (phase_ == Phase::established) {
            unsigned char buffer[2048];
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
    mbedtls_entropy_context entropy_{};
    mbedtls_ctr_drbg_context random_{};
    mbedtls_ssl_config config_{};
    mbedtls_ssl_context ssl_{};
    TimePoint now_;
    TimePoint intermediate_;
    std::optional<TimePoint> final_;
    std::deque<Bytes> pending_;
    std::vector<Bytes> sent_;
    Phase phase_ = Phase::handshaking;
    Close close_;
};

class MbedTls : public WithEngines {
protected:
    Client& connectMbed(const Bytes& identity = kClientUuid, const Bytes& key = kKey, std::uint16_t mtu = 0) {
        Output out;
        auto session = std::make_unique<MbedClient>(identity, key, world().now, out, mtu);
        return world().attach(kPeer, std::move(session), out);
    }
};

bool holdsClientKeyExchange(const Bytes& datagram) {
    ByteView records{datagram};
    while (const auto record = nextRecord(records))
        if (record->type == ContentType::handshake && record->epoch == 0 && !record->fragment.empty() &&
            record->fragment.front() == handshakeType::clientKeyExchange)
            return true;
    return false;
}

} // namespace

TEST_P(MbedTls, ClientConnectsAndTalks) {
    auto& client = connectMbed();
    ASSERT_EQ(client.session->phase(), Phase::established) << client.session->closeReason().failure.what;
    world().clientSend(kPeer, "question");
    ASSERT_EQ(world().count(Kind::message), 1U);
    EXPECT_EQ(world().of(Kind::message)[0].identity, kClientUuid);
    world().serverSend(world().listener.find(kPeer), "answer");
    ASSERT_EQ(client.messages.size(), 1U);
    EXPECT_EQ(textOf(client.messages[0]), "answer");
    world().clientClose(kPeer);
    EXPECT_EQ(world().of(Kind::closed).at(0).close.cause, Close::Cause::peerCloseNotify);
}

TEST_P(MbedTls, ClientsWholeFlightIsHeldUntilTheKeyComes) {
    int packed = 0;
    world().wire = [&](bool toServer, const Bytes& octets) {
        if (toServer && holdsClientKeyExchange(octets) && holdsRecord(octets, ContentType::handshake, 1))
            ++packed;
        return std::vector<Bytes>{octets};
    };
    world().answerKeys = false;
    auto& client = connectMbed();
    EXPECT_EQ(packed, 1); // the case this is about
    EXPECT_EQ(client.session->phase(), Phase::handshaking);
    world().advance(4s);
    EXPECT_GT(packed, 1); // it repeats itself meanwhile
    ASSERT_EQ(world().count(Kind::keyWanted), 1U);
    world().answerKey(world().of(Kind::keyWanted)[0].session, shareSecret(kKey));
    EXPECT_EQ(client.session->phase(), Phase::established) << client.session->closeReason().failure.what;
    EXPECT_EQ(world().count(Kind::established), 1U);
    world().clientSend(kPeer, "late, but here");
    EXPECT_EQ(world().count(Kind::message), 1U);
}

TEST_P(MbedTls, ClientMayFragmentItsKeyExchange) {
    int whole = 0;
    int begun = 0;
    world().wire = [&](bool toServer, const Bytes& octets) {
        if (toServer && holdsClientKeyExchange(octets)) {
            ++begun;
            auto content = ByteView{octets}.subspan(kRecordHeader);
            const auto fragment = nextFragment(content);
            whole += fragment && fragment->body.size() == fragment->length ? 1 : 0;
        }
        return std::vector<Bytes>{octets};
    };
    auto& client = connectMbed(kClientUuid, kKey, 100);
    EXPECT_GT(begun, 1);
    EXPECT_EQ(whole, 0); // the case this is about
    EXPECT_EQ(client.session->phase(), Phase::established) << client.session->closeReason().failure.what;
    EXPECT_EQ(world().count(Kind::keyWanted), 1U);
    EXPECT_EQ(world().of(Kind::established).at(0).identity, kClientUuid);
}

TEST_P(MbedTls, ClientWithAWrongKeyGetsAnAlertAtOnce) {
    EXPECT_EQ(connectMbed(kClientUuid, Bytes(16, 7)).session->closeReason().cause, Close::Cause::peerAlert);
    EXPECT_EQ(world().of(Kind::closed).at(0).close.alert, alert::badRecordMac);
}

TEST_P(MbedTls, ClientWithAnUnknownIdentityGetsAnAlertAtOnce) {
    EXPECT_EQ(connectMbed(Bytes(16, 7)).session->closeReason().cause, Close::Cause::peerAlert);
    EXPECT_EQ(world().of(Kind::closed).at(0).close.alert, alert::unknownPskIdentity);
}

TEST_P(MbedTls, ClientSurvivesLossAndReordering) {
    for (unsigned lost = 0; lost < 8; ++lost) {
        unsigned number = 0;
        world().wire = [&](bool, const Bytes& octets) {
            return number++ == lost ? std::vector<Bytes>{} : std::vector<Bytes>{octets};
        };
        auto& client = connectMbed();
        world().advance(20s);
        EXPECT_EQ(client.session->phase(), Phase::established) << lost;
        world().clients.clear();
    }
}

INSTANTIATE_TEST_SUITE_P(Engines, MbedTls, ::testing::ValuesIn(kServers), engineNames);
