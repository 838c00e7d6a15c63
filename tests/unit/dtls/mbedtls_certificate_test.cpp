// The certificate suites against an independent client, Mbed TLS 2.28.

#include "certificate_world.h"
#include "mbedtls_client.h"

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;
using Kind = ListenerEvent::Kind;

namespace {

struct Named {
    Suite suite;
    int mbed;
};
constexpr Named kSuites[] = {
    {Suite::ecdheEcdsaAes128Ccm8, MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8},
    {Suite::ecdheEcdsaAes128Ccm, MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CCM},
    {Suite::ecdheEcdsaAes256Ccm8, MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8},
    {Suite::ecdheEcdsaAes256Ccm, MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_CCM},
};

class MbedTlsCertificates : public CertificateWorld {
protected:
    MbedClient::Setup setup(int suite, const EndEntity* own = nullptr) const {
        MbedClient::Setup out;
        out.suites = {suite};
        out.authority = root.certificate();
        if (own != nullptr) {
            out.chain = own->chain;
            out.privateKey = own->key.der();
        }
        return out;
    }
    Client& connectMbed(MbedClient::Setup setup) {
        Output out;
        auto session = std::make_unique<MbedClient>(std::move(setup), world.now, out);
        return world.attach(peer, std::move(session), out);
    }
};

} // namespace

TEST_F(MbedTlsCertificates, ClientConnectsInEverySuiteWithAndWithoutItsOwn) {
    for (const bool asked : {false, true}) {
        admit(asked);
        for (const auto& [suite, mbed] : kSuites) {
            auto& session = *connectMbed(setup(mbed, asked ? &owner : nullptr)).session;
            ASSERT_EQ(session.phase(), Phase::established) << session.closeReason().failure.what;
            const auto event = world.of(Kind::established).back();
            EXPECT_EQ(event.suite, suite);
            EXPECT_EQ(event.peerChain, asked ? owner.chain : std::vector<Bytes>{});
            const auto ours = world.listener.keyBlock(event.session);
            ASSERT_TRUE(ours);
            EXPECT_EQ(ours->size(), keyBlockSize(suite));
            EXPECT_TRUE(ours->equals(session.keyBlock()->view()));
            world.clientSend(peer, "question");
            EXPECT_EQ(textOf(world.of(Kind::message).back().message), "question");
            world.serverSend(event.session, "answer");
            EXPECT_EQ(textOf(world.clients.at(peer).messages.back()), "answer");
            world.clientClose(peer);
            EXPECT_EQ(lastClose().cause, Close::Cause::peerCloseNotify);
        }
    }
}

TEST_F(MbedTlsCertificates, ClientMayOfferThemAllAtOnce) {
    auto all = setup(kSuites[3].mbed);
    all.suites = {kSuites[3].mbed, kSuites[2].mbed, kSuites[1].mbed, kSuites[0].mbed};
    EXPECT_EQ(connectMbed(std::move(all)).session->phase(), Phase::established);
    EXPECT_EQ(world.of(Kind::established).at(0).suite, Suite::ecdheEcdsaAes128Ccm8);
}

TEST_F(MbedTlsCertificates, ClientFragmentsItsChain) {
    admit(true);
    auto small = setup(kSuites[0].mbed, &owner);
    small.mtu = 300;
    EXPECT_EQ(connectMbed(std::move(small)).session->phase(), Phase::established);
    EXPECT_EQ(world.of(Kind::established).at(0).peerChain, owner.chain);
}

TEST_F(MbedTlsCertificates, ClientsThatTheJudgeRefusesGetTheAlert) {
    admit(true);
    const auto expired = intermediate.issue("uuid:b0b00000-1111-2222-3333-444444444444", {-10, -5});
    const auto foreign = stranger.issue("uuid:b0b00000-1111-2222-3333-444444444444");
    for (const auto* bad : {&expired, &foreign}) {
        EXPECT_EQ(connectMbed(setup(kSuites[0].mbed, bad)).session->closeReason().cause, Close::Cause::peerAlert);
        EXPECT_EQ(lastClose().alert, alert::badCertificate);
    }
    EXPECT_EQ(connectMbed(setup(kSuites[0].mbed)).session->closeReason().cause, Close::Cause::peerAlert);
    EXPECT_EQ(lastClose().alert, alert::handshakeFailure);
    EXPECT_EQ(world.count(Kind::established), 0U);
}

TEST_F(MbedTlsCertificates, ClientThatTrustsAnotherRootSaysSo) {
    auto elsewhere = setup(kSuites[0].mbed);
    elsewhere.authority = stranger.certificate();
    EXPECT_EQ(connectMbed(std::move(elsewhere)).session->phase(), Phase::closed);
    EXPECT_EQ(lastClose().cause, Close::Cause::peerAlert);
}

TEST_F(MbedTlsCertificates, ClientSurvivesLoss) {
    admit(true);
    for (unsigned lost = 0; lost < 10; ++lost) {
        unsigned number = 0;
        world.wire = [&](bool, const Bytes& octets) {
            return number++ == lost ? std::vector<Bytes>{} : std::vector<Bytes>{octets};
        };
        auto& connected = connectMbed(setup(kSuites[0].mbed, &owner));
        world.advance(20s);
        EXPECT_EQ(connected.session->phase(), Phase::established) << lost;
        world.clients.clear();
    }
}
