// The certificate suites against an independent peer, Mbed TLS 2.28.

#include "certificate_world.h"
#include "mbedtls_peer.h"

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
    MbedPeer::Setup setup(int suite, const EndEntity* own = nullptr) const {
        MbedPeer::Setup out;
        out.suites = {suite};
        out.authority = root.certificate();
        if (own != nullptr) {
            out.chain = own->chain;
            out.privateKey = own->key.der();
        }
        return out;
    }
    Client& connectMbed(MbedPeer::Setup setup) {
        Output out;
        auto session = std::make_unique<MbedPeer>(std::move(setup), world.now, out);
        return world.attach(peer, std::move(session), out);
    }
};

/// Our client and their server, until nothing moves.
struct Pair {
    explicit Pair(ClientParameters client, MbedPeer::Setup setup) {
        setup.server = true;
        Output out;
        server = std::make_unique<MbedPeer>(std::move(setup), now, out);
        Output first;
        ours = makeClientSession(std::move(client), now, first);
        run(std::move(first));
    }
    void run(Output toServer) {
        while (!toServer.datagrams.empty()) {
            Output back;
            for (const auto& datagram : toServer.datagrams)
                server->feed(datagram, now, back);
            heard.insert(heard.end(), back.messages.begin(), back.messages.end());
            toServer = {};
            for (const auto& datagram : back.datagrams)
                ours->feed(datagram, now, toServer);
        }
    }

    TimePoint now{std::chrono::hours{1}};
    std::unique_ptr<MbedPeer> server;
    std::unique_ptr<Session> ours;
    std::vector<Bytes> heard;
};

class MbedTlsServer : public MbedTlsCertificates {
protected:
    MbedPeer::Setup serving(int suite, bool asking = false) const {
        MbedPeer::Setup out;
        out.suites = {suite};
        out.chain = device.chain;
        out.privateKey = device.key.der();
        if (asking)
            out.authority = root.certificate();
        return out;
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
            expectSameKeysAndWords(event, session, suite);
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

TEST_F(MbedTlsServer, TakesOurClientInEverySuiteWithAndWithoutItsCertificate) {
    for (const bool asking : {false, true}) {
        for (const auto& [suite, mbed] : kSuites) {
            Pair pair{client(suite, &owner), serving(mbed, asking)};
            ASSERT_EQ(pair.ours->phase(), Phase::established) << pair.ours->closeReason().failure.what;
            EXPECT_EQ(pair.ours->suite(), suite);
            EXPECT_EQ(pair.ours->peerChain(), device.chain);
            EXPECT_EQ(pair.server->clientLeaf(), asking ? owner.chain[0] : Bytes{});
            EXPECT_TRUE(pair.ours->keyBlock()->equals(pair.server->keyBlock()->view()));
            Output out;
            pair.ours->send(viewOf("question"), pair.now, out);
            pair.run(std::move(out));
            ASSERT_EQ(pair.heard.size(), 1U);
            EXPECT_EQ(textOf(pair.heard[0]), "question");
        }
    }
}

// Facts 5.2, FIELD: deployed appliances have this suite only, and stretch its key block by MAC keys it does not have.
TEST_F(MbedTlsServer, TakesOurClientInTheSuiteOfDeployedDevices) {
    for (const auto offered : {Suite::ecdheEcdsaAes128GcmSha256, Suite::none}) { // alone, and among all
        Pair pair{client(offered), serving(MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)};
        ASSERT_EQ(pair.ours->phase(), Phase::established) << pair.ours->closeReason().failure.what;
        EXPECT_EQ(pair.ours->suite(), Suite::ecdheEcdsaAes128GcmSha256);
        const auto ours = pair.ours->keyBlock();
        ASSERT_TRUE(ours);
        EXPECT_EQ(ours->size(), 120U);
        const auto theirs = pair.server->keyBlock();
        ASSERT_EQ(theirs->size(), 40U); // keys and IVs alone
        EXPECT_TRUE(equal(ours->view().first(40), theirs->view()));
    }
}

TEST_F(MbedTlsServer, IsRefusedByTheJudgeOfOurClient) {
    auto foreign = serving(kSuites[0].mbed);
    const auto impostor = stranger.issue("uuid:a71c3011-5555-6666-7777-888888888888");
    foreign.chain = impostor.chain;
    foreign.privateKey = impostor.key.der();
    Pair pair{client(), std::move(foreign)};
    EXPECT_EQ(pair.ours->closeReason().alert, alert::badCertificate);
    EXPECT_EQ(pair.server->closeReason().cause, Close::Cause::peerAlert);
}

// Mbed TLS ends such a handshake without a word.
TEST_F(MbedTlsServer, ThatAsksIsNotWaitedForForEver) {
    Pair pair{client(), serving(kSuites[0].mbed, true)};
    EXPECT_EQ(pair.server->phase(), Phase::closed);
    EXPECT_TRUE(pair.server->clientLeaf().empty());
    EXPECT_EQ(pair.ours->phase(), Phase::handshaking);
    Output out;
    pair.ours->tick(pair.now + Timers{}.handshakeTotal, out);
    EXPECT_EQ(pair.ours->closeReason().cause, Close::Cause::timedOut);
}
