#include "certificate_world.h"
#include "hello.h"
#include "raw_gnutls.h"

#include <thread>

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;
using Kind = ListenerEvent::Kind;

namespace {

constexpr std::uint8_t kCertificate = 11, kCertificateRequest = 13;

class CertificateHandshake : public CertificateWorld {};
class CertificateStep : public CertificateWorld {
protected:
    CertificateStep() { world.sign = {}; } // steps are run by the test
};
class CertificateLimits : public CertificateWorld {};

} // namespace

TEST_F(CertificateHandshake, EndsWithTheSameKeysOnBothSidesInEverySuite) {
    for (const auto suite : kCertificateSuites) {
        auto& session = *world.connect(peer, client(suite)).session;
        ASSERT_EQ(session.phase(), Phase::established) << session.closeReason().failure.what;
        const auto event = world.of(Kind::established).back();
        EXPECT_EQ(event.suite, suite);
        EXPECT_EQ(session.suite(), suite);
        EXPECT_EQ(session.peerChain(), device.chain);
        EXPECT_TRUE(event.peerChain.empty());
        expectSameKeysAndWords(event, session, suite);
    }
    EXPECT_EQ(world.listener.handshakes(), 0U);
}

TEST_F(CertificateHandshake, AClientThatOffersThemAllGetsTheDevicesSuiteAndItsKeys) {
    for (const auto suite : kCertificateSuites) {
        admit(false, {suite});
        auto& session = *world.connect(peer, client(Suite::none)).session;
        ASSERT_EQ(session.phase(), Phase::established) << session.closeReason().failure.what;
        EXPECT_EQ(session.suite(), suite);
        expectSameKeysAndWords(world.of(Kind::established).back(), session, suite);
    }
}

TEST_F(CertificateHandshake, SuiteIsTheDevicesFirstThatTheClientOffers) {
    Output out;
    auto session = std::make_unique<RawGnutlsClient>(
        "NONE:+VERS-DTLS1.2:+ECDHE-ECDSA:+AES-256-CCM:+AES-128-CCM:+AES-128-CCM-8:+AEAD:+GROUP-SECP256R1:"
        "+SIGN-ECDSA-SHA256:+CTYPE-X509",
        EndEntity{}, out);
    EXPECT_EQ(world.attach(peer, std::move(session), out).session->phase(), Phase::established);
    EXPECT_EQ(world.of(Kind::established).at(0).suite, Suite::ecdheEcdsaAes128Ccm8);
    admit(false, {Suite::ecdheEcdsaAes256Ccm8, Suite::ecdheEcdsaAes256Ccm});
    session = std::make_unique<RawGnutlsClient>(
        "NONE:+VERS-DTLS1.2:+ECDHE-ECDSA:+AES-128-CCM-8:+AES-256-CCM:+AEAD:+GROUP-SECP256R1:+SIGN-ECDSA-SHA256:"
        "+CTYPE-X509",
        EndEntity{}, out = {});
    EXPECT_EQ(world.attach(peer, std::move(session), out).session->phase(), Phase::established);
    EXPECT_EQ(world.of(Kind::established).at(1).suite, Suite::ecdheEcdsaAes256Ccm);
}

TEST_F(CertificateHandshake, WithoutCertificatesTheirSuitesAreNotOffered) {
    world.gate.admission.certificates = nullptr;
    EXPECT_EQ(world.connect(peer, client()).session->closeReason().alert, alert::handshakeFailure);
    EXPECT_EQ(world.count(Kind::refused), 1U);
    EXPECT_EQ(world.listener.handshakes(), 0U);
}

TEST_F(CertificateHandshake, ClientsWithoutTheCurveAreRefused) {
    Output out;
    auto session = std::make_unique<RawGnutlsClient>(
        "NONE:+VERS-DTLS1.2:+ECDHE-ECDSA:+AES-128-CCM-8:+AEAD:+GROUP-SECP384R1:+SIGN-ECDSA-SHA256:+CTYPE-X509",
        EndEntity{}, out);
    EXPECT_EQ(world.attach(peer, std::move(session), out).session->closeReason().alert, alert::handshakeFailure);
    EXPECT_EQ(world.count(Kind::refused), 1U);
    EXPECT_EQ(world.count(Kind::stepWanted), 0U);
}

// Facts 4.4: while unowned the device asks for nothing; afterwards it insists (6.6).
TEST_F(CertificateHandshake, OnlyAnOwnedDeviceAsksForACertificate) {
    auto& anonymous = world.connect(peer, client(Suite::ecdheEcdsaAes128Ccm8, &owner));
    EXPECT_EQ(anonymous.session->phase(), Phase::established);
    EXPECT_TRUE(receivedMessages(anonymous, kCertificateRequest).empty());
    EXPECT_TRUE(world.of(Kind::established).at(0).peerChain.empty());

    admit(true);
    auto& known = world.connect(peer, client(Suite::ecdheEcdsaAes128Ccm8, &owner));
    EXPECT_EQ(known.session->phase(), Phase::established) << known.session->closeReason().failure.what;
    EXPECT_EQ(world.of(Kind::established).at(1).peerChain, owner.chain);
    // RFC 5246 section 7.4.4: types, algorithms, names.
    const auto request = receivedMessages(known, kCertificateRequest);
    ASSERT_EQ(request.size(), 1U);
    Reader reader{request[0]};
    const auto types = reader.take(reader.u8());
    EXPECT_NE(std::ranges::find(types, std::uint8_t{64}), types.end()); // ecdsa_sign
    EXPECT_EQ(toHex(reader.take(reader.u16())), "040305030603");
    Reader names{reader.take(reader.u16())};
    EXPECT_TRUE(equal(names.take(names.u16()), root.subject()));
    EXPECT_TRUE(names.done());
    EXPECT_TRUE(reader.done());
}

TEST_F(CertificateHandshake, NamesOfManyAuthoritiesAreSent) {
    admit(true);
    auto identity = std::make_shared<CertificateIdentity>(*world.gate.admission.certificates);
    const Authority longName{std::string(64, 'x') + ",O=" + std::string(64, 'y') + ",OU=" + std::string(64, 'z')};
    identity->authorities = {stranger.subject(), longName.subject(), root.subject(), hex("3000"), hex("ff")};
    world.gate.admission.certificates = identity;
    auto& session = world.connect(peer, client(Suite::ecdheEcdsaAes128Ccm8, &owner));
    EXPECT_EQ(session.session->phase(), Phase::established) << session.session->closeReason().failure.what;
    const auto request = receivedMessages(session, kCertificateRequest).at(0);
    Reader reader{request};
    reader.take(reader.u8());
    reader.take(reader.u16());
    Reader names{reader.take(reader.u16())};
    std::vector<Bytes> got;
    while (names.left() != 0)
        got.push_back(copyOf(names.take(names.u16())));
    EXPECT_EQ(got.size(), 4U); // what is no name at all is left out
    for (const auto& name : {stranger.subject(), longName.subject(), root.subject()})
        EXPECT_NE(std::ranges::find(got, name), got.end());
}

TEST_F(CertificateHandshake, AClientWithoutACertificateIsRefused) {
    admit(true);
    auto& session = *world.connect(peer, client()).session;
    EXPECT_EQ(session.closeReason().cause, Close::Cause::peerAlert);
    EXPECT_EQ(session.closeReason().alert, alert::handshakeFailure);
    EXPECT_EQ(lastClose().cause, Close::Cause::handshakeFailed);
    EXPECT_EQ(lastClose().failure.what, "the peer showed no certificate");
}

TEST_F(CertificateHandshake, TheJudgeDecidesOnClients) {
    admit(true);
    const auto expired = intermediate.issue("uuid:b0b00000-1111-2222-3333-444444444444", {-10, -5});
    const auto early = intermediate.issue("uuid:b0b00000-1111-2222-3333-444444444444", {5, 10});
    const auto foreign = stranger.issue("uuid:b0b00000-1111-2222-3333-444444444444");
    for (const auto* bad : {&expired, &early, &foreign}) {
        auto& session = *world.connect(peer, client(Suite::ecdheEcdsaAes128Ccm8, bad)).session;
        EXPECT_EQ(session.closeReason().cause, Close::Cause::peerAlert);
        EXPECT_EQ(session.closeReason().alert, alert::badCertificate);
        EXPECT_EQ(lastClose().cause, Close::Cause::handshakeFailed);
        EXPECT_EQ(lastClose().alert, alert::badCertificate);
        EXPECT_EQ(lastClose().failure.next, "get another certificate"); // the judge's own words
    }
    EXPECT_EQ(world.count(Kind::established), 0U);
    EXPECT_EQ(world.listener.handshakes(), 0U);
}

TEST_F(CertificateHandshake, AClientMustHoldTheKeyOfItsCertificate) {
    admit(true);
    auto thief = client(Suite::ecdheEcdsaAes128Ccm8, &owner);
    thief.sign = TestKey{}.signer();
    EXPECT_EQ(world.connect(peer, std::move(thief)).session->closeReason().cause, Close::Cause::peerAlert);
    EXPECT_EQ(world.count(Kind::established), 0U);
    EXPECT_EQ(lastClose().cause, Close::Cause::handshakeFailed);
}

TEST_F(CertificateHandshake, TheJudgeDecidesOnServers) {
    device = stranger.issue("uuid:a71c3011-5555-6666-7777-888888888888");
    world.sign = device.key.signer();
    admit(false);
    auto& session = *world.connect(peer, client()).session;
    EXPECT_EQ(session.closeReason().cause, Close::Cause::handshakeFailed);
    EXPECT_EQ(session.closeReason().alert, alert::badCertificate);
    EXPECT_EQ(session.closeReason().failure.next, "get another certificate");
    EXPECT_EQ(lastClose().alert, alert::badCertificate);
}

TEST_F(CertificateHandshake, AClientWithoutAJudgeTrustsNobody) {
    auto parameters = client();
    parameters.certificates = std::make_shared<CertificateIdentity>();
    EXPECT_EQ(world.connect(peer, parameters).session->closeReason().alert, alert::badCertificate);
    parameters.certificates = nullptr;
    EXPECT_EQ(world.connect(peer, parameters).session->phase(), Phase::closed);
    EXPECT_EQ(world.count(Kind::established), 0U);
}

TEST_F(CertificateHandshake, AServerMustHoldTheKeyOfItsCertificate) {
    world.sign = TestKey{}.signer();
    auto& session = *world.connect(peer, client()).session;
    EXPECT_EQ(session.phase(), Phase::closed);
    EXPECT_EQ(session.closeReason().cause, Close::Cause::handshakeFailed);
    EXPECT_TRUE(session.peerChain().empty() || session.phase() == Phase::closed);
}

// Facts 7.1: clients in the field sign with SHA-384 and SHA-512; what is asked of us is SHA-256 in any order.
TEST_F(CertificateHandshake, LongerHashesAreTakenAndNeverMade) {
    admit(true);
    for (const auto hash : {GNUTLS_SIGN_ECDSA_SHA384, GNUTLS_SIGN_ECDSA_SHA512, GNUTLS_SIGN_ECDSA_SHA256}) {
        Output out;
        auto session = std::make_unique<RawGnutlsClient>(
            "NONE:+VERS-DTLS1.2:+ECDHE-ECDSA:+AES-128-CCM-8:+AEAD:+GROUP-SECP256R1:+SIGN-ECDSA-SHA512:"
            "+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SHA256:+CTYPE-X509",
            owner, out, hash);
        auto* raw = session.get();
        EXPECT_EQ(world.attach(peer, std::move(session), out).session->phase(), Phase::established);
        EXPECT_EQ(gnutls_sign_algorithm_get_client(raw->handle()), hash);
        EXPECT_EQ(gnutls_sign_algorithm_get(raw->handle()), GNUTLS_SIGN_ECDSA_SHA256);
        EXPECT_EQ(world.of(Kind::established).back().peerChain, owner.chain);
    }
}

TEST_F(CertificateHandshake, LongChainsTravelInPieces) {
    device = intermediate.issue("uuid:a71c3011-5555-6666-7777-888888888888", {}, 3000);
    owner = intermediate.issue("uuid:b0b00000-1111-2222-3333-444444444444", {}, 3000);
    world.sign = device.key.signer();
    admit(true);
    auto& connected = world.connect(peer, client(Suite::ecdheEcdsaAes128Ccm8, &owner));
    ASSERT_EQ(connected.session->phase(), Phase::established) << connected.session->closeReason().failure.what;
    EXPECT_EQ(world.of(Kind::established).at(0).peerChain, owner.chain);
    EXPECT_EQ(connected.session->peerChain(), device.chain);
    for (const auto& datagram : connected.received)
        EXPECT_LE(datagram.size(), 1280U);
    EXPECT_GT(receivedMessages(connected, kCertificate).at(0).size(), 3000U);
}

TEST_F(CertificateHandshake, SurvivesLossDuplicationAndDisorder) {
    device = intermediate.issue("uuid:a71c3011-5555-6666-7777-888888888888", {}, 1500);
    world.sign = device.key.signer();
    admit(true);
    for (unsigned hurt = 0; hurt < 12; ++hurt) {
        unsigned number = 0;
        world.wire = [&](bool, const Bytes& octets) {
            if (number++ != hurt)
                return std::vector<Bytes>{octets};
            return hurt % 2 == 0 ? std::vector<Bytes>{} : std::vector<Bytes>{octets, octets};
        };
        world.pick = [&](std::size_t size) { return hurt % 3 == 0 ? size - 1 : 0; };
        auto& connected = world.connect(peer, client(Suite::ecdheEcdsaAes128Ccm8, &owner));
        world.advance(20s);
        EXPECT_EQ(connected.session->phase(), Phase::established) << hurt;
        world.clientClose(peer);
    }
}

// The step

TEST_F(CertificateStep, TheHandshakeWaitsForItAndGoesOn) {
    world.connect(peer, client());
    ASSERT_EQ(world.count(Kind::stepWanted), 1U);
    auto& session = *world.clients.at(peer).session;
    const auto sentBefore = world.sentToClients.size();
    world.advance(4s); // the client repeats its hello meanwhile
    EXPECT_EQ(world.count(Kind::stepWanted), 1U);
    EXPECT_EQ(world.sentToClients.size(), sentBefore);
    const auto wanted = world.of(Kind::stepWanted).at(0);
    wanted.step(device.key.signer());
    world.stepDone(wanted.session);
    EXPECT_EQ(session.phase(), Phase::established) << session.closeReason().failure.what;
}

TEST_F(CertificateStep, AFailedSignatureEndsTheHandshakeWithItsReason) {
    world.connect(peer, client());
    const auto wanted = world.of(Kind::stepWanted).at(0);
    wanted.step([](ByteView) -> Result<Bytes> { return Failure{Reason::tpmUnavailable, "no TPM", "mend it"}; });
    world.stepDone(wanted.session);
    EXPECT_EQ(world.clients.at(peer).session->closeReason().alert, alert::internalError);
    EXPECT_EQ(lastClose().failure.reason, Reason::tpmUnavailable);
}

TEST_F(CertificateStep, OneThatDidNotRunEndsTheHandshakeAndTheClientMayTryAgain) {
    world.connect(peer, client());
    const auto first = world.of(Kind::stepWanted).at(0);
    world.stepDone(first.session);
    EXPECT_EQ(lastClose().failure.reason, Reason::busy);
    EXPECT_EQ(world.listener.handshakes(), 0U);
    bool asked = false;
    first.step([&](ByteView) -> Result<Bytes> {
        asked = true;
        return Failure{};
    });
    EXPECT_FALSE(asked); // nobody waits for it any more
    world.sign = device.key.signer();
    world.advance(2s); // the client repeats its hello
    EXPECT_EQ(world.clients.at(peer).session->phase(), Phase::established);
}

TEST_F(CertificateStep, ATimeOutDoesNotWaitForIt) {
    world.connect(peer, client());
    world.clients.clear();
    world.advance(61s);
    EXPECT_EQ(lastClose().cause, Close::Cause::timedOut);
    EXPECT_EQ(world.listener.handshakes(), 0U);
    const auto wanted = world.of(Kind::stepWanted).at(0);
    wanted.step(device.key.signer());
    world.stepDone(wanted.session);
    EXPECT_EQ(world.count(Kind::closed), 1U);
}

TEST_F(CertificateStep, OtherEndsDoNotWaitForItEither) {
    world.connect(peer, client());
    world.listener.close(world.of(Kind::stepWanted).at(0).session, world.now);
    world.run();
    EXPECT_EQ(lastClose().cause, Close::Cause::localClose);
    world.connect(peer, client());
    world.connect(peer, client()); // the peer comes back
    EXPECT_EQ(lastClose().cause, Close::Cause::replaced);
    EXPECT_EQ(world.listener.handshakes(), 1U);
}

TEST_F(CertificateStep, WhatIsPackedBehindTheHelloIsNotRunOnTheOtherThread) {
    world.wire = [](bool toServer, const Bytes& octets) {
        if (!toServer)
            return std::vector<Bytes>{octets};
        Bytes packed = octets; // an alert that would end the handshake
        const auto extra = hex("15fefd000000000000000900020228");
        packed.insert(packed.end(), extra.begin(), extra.end());
        return std::vector<Bytes>{packed};
    };
    world.connect(peer, client());
    const auto wanted = world.of(Kind::stepWanted).at(0);
    wanted.step(device.key.signer());
    world.wire = [](bool, const Bytes& octets) { return std::vector<Bytes>{octets}; };
    world.stepDone(wanted.session);
    EXPECT_EQ(world.clients.at(peer).session->phase(), Phase::established);
}

TEST_F(CertificateStep, FewDatagramsAreHeldWhileItRunsAndFedInOrder) {
    const auto harmless = hex("16fefd0000000000000001000c0b0000010003000000000001");
    const auto fatalAlert = hex("15fefd000000000000000900020228");
    const auto limit = ListenerSettings{}.maxHeldDatagrams;
    for (const auto before : {limit - 1, limit}) {
        world.connect(peer, client());
        const auto wanted = world.of(Kind::stepWanted).back();
        for (std::size_t i = 0; i < before; ++i)
            world.inject(peer, harmless);
        world.inject(peer, fatalAlert); // ends the handshake when it is held and fed
        wanted.step(device.key.signer());
        world.stepDone(wanted.session);
        EXPECT_EQ(world.count(Kind::established), before == limit ? 1U : 0U);
    }
}

// The association, its listener and the answer may all be gone while the worker still signs.
TEST_F(CertificateStep, MayOutliveTheAssociation) {
    for (const bool whileItRuns : {false, true}) {
        auto other = std::make_unique<World>();
        other->gate.admission = world.gate.admission;
        other->connect(peer, client());
        auto step = other->of(Kind::stepWanted).at(0).step;
        std::atomic<bool> running{false};
        std::atomic<bool> goOn{false};
        std::thread worker{[&, step = std::move(step)]() mutable {
            const auto sign = device.key.signer();
            step([&](ByteView digest) {
                running = true;
                running.notify_all();
                goOn.wait(false);
                return sign(digest);
            });
            step = {};
        }};
        if (whileItRuns)
            running.wait(false);
        else
            goOn = true;
        other.reset();
        goOn = true;
        goOn.notify_all();
        worker.join();
    }
}

TEST_F(CertificateLimits, AnOwnChainThatCannotBeReadEndsTheHandshake) {
    auto identity = std::make_shared<CertificateIdentity>();
    identity->chain = {hex("3003020101")};
    world.gate.admission.certificates = identity;
    EXPECT_EQ(world.connect(peer, client()).session->closeReason().alert, alert::internalError);
    EXPECT_EQ(lastClose().failure.reason, Reason::stateCorrupt);
    identity->chain.clear();
    EXPECT_EQ(world.connect(peer, client()).session->closeReason().alert, alert::internalError);
}

TEST_F(CertificateLimits, OverlongChainsAreRefused) {
    admit(true);
    auto crowd = owner;
    while (crowd.chain.size() < 8)
        crowd.chain.push_back(intermediate.certificate());
    EXPECT_EQ(world.connect(peer, client(Suite::ecdheEcdsaAes128Ccm8, &crowd)).session->closeReason().alert,
              alert::badCertificate);
    const auto fat = intermediate.issue("uuid:b0b00000-1111-2222-3333-444444444444", {}, 20000);
    EXPECT_EQ(world.connect(peer, client(Suite::ecdheEcdsaAes128Ccm8, &fat)).session->phase(), Phase::closed);
    EXPECT_EQ(world.count(Kind::established), 0U);
}
