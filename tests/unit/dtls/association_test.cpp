#include "engines.h"
#include "raw_gnutls.h"

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;
using Kind = ListenerEvent::Kind;

namespace {
const Address kPeer = address(1000);

/// What the client would send, without sending it.
std::vector<Bytes> sealed(World& world, std::string_view text) {
    Output out;
    world.clients.at(kPeer).session->send(viewOf(text), world.now, out);
    return out.datagrams;
}
} // namespace

TEST_P(Association, CarriesMessagesBothWays) {
    const auto session = open(kPeer);
    world().clientSend(kPeer, "question");
    ASSERT_EQ(world().count(Kind::message), 1U);
    const auto event = world().of(Kind::message)[0];
    EXPECT_EQ(textOf(event.message), "question");
    EXPECT_EQ(event.session, session);
    EXPECT_EQ(event.identity, kClientUuid);
    world().serverSend(session, "answer");
    ASSERT_EQ(world().clients.at(kPeer).messages.size(), 1U);
    EXPECT_EQ(textOf(world().clients.at(kPeer).messages[0]), "answer");
}

TEST_P(Association, CarriesAMessageOfAnySizeInOneRecord) {
    const auto session = open(kPeer);
    const std::string big(9000, 'x');
    world().serverSend(session, big);
    ASSERT_EQ(world().clients.at(kPeer).messages.size(), 1U);
    EXPECT_EQ(textOf(world().clients.at(kPeer).messages[0]), big);
    world().clientSend(kPeer, big);
    EXPECT_EQ(textOf(world().of(Kind::message).at(0).message), big);
}

TEST_P(Association, ReadsSeveralRecordsOfOneDatagram) {
    open(kPeer);
    Bytes datagram;
    for (const auto* text : {"one", "two", "three"})
        for (const auto& record : sealed(world(), text))
            datagram.insert(datagram.end(), record.begin(), record.end());
    world().inject(kPeer, datagram);
    const auto messages = world().of(Kind::message);
    ASSERT_EQ(messages.size(), 3U);
    EXPECT_EQ(textOf(messages[0].message), "one");
    EXPECT_EQ(textOf(messages[2].message), "three");
}

TEST_P(Association, DropsReplaysAndForgeriesAndLivesOn) {
    const auto session = open(kPeer);
    const auto record = sealed(world(), "once").at(0);
    world().inject(kPeer, record);
    world().inject(kPeer, record);
    EXPECT_EQ(world().count(Kind::message), 1U);

    auto forged = sealed(world(), "changed").at(0);
    forged.back() ^= 1;
    world().inject(kPeer, forged);
    const auto plaintextClose = plaintextAlert(0, 50);
    world().inject(kPeer, plaintextClose);
    world().inject(kPeer, plaintextAlert(alert::handshakeFailure, 51));
    world().inject(kPeer, *fromHex("17fefd0001000000000063000501020304ff")); // too short for a MAC
    world().inject(kPeer, *fromHex("16fefd000000000000006300050102030405")); // half a handshake message
    world().inject(kPeer, *fromHex("14fefd0000000000000064000101"));         // ChangeCipherSpec
    world().inject(kPeer, *fromHex("16fefd00010000000000640000"));           // empty
    EXPECT_EQ(world().count(Kind::message), 1U);
    EXPECT_EQ(world().count(Kind::closed), 0U);

    world().inject(kPeer, sealed(world(), "next").at(0));
    EXPECT_EQ(world().count(Kind::message), 2U);
    EXPECT_EQ(world().listener.find(kPeer), session);
}

TEST_P(Association, DoesNotLoseGoodRecordsBehindABadOne) {
    open(kPeer);
    auto datagram = sealed(world(), "bad").at(0);
    datagram.back() ^= 1;
    const auto good = sealed(world(), "good").at(0);
    datagram.insert(datagram.end(), good.begin(), good.end());
    world().inject(kPeer, datagram);
    ASSERT_EQ(world().count(Kind::message), 1U);
    EXPECT_EQ(textOf(world().of(Kind::message)[0].message), "good");
}

TEST_P(Association, AcceptsReorderedRecords) {
    open(kPeer);
    const auto first = sealed(world(), "first").at(0);
    const auto second = sealed(world(), "second").at(0);
    world().inject(kPeer, second);
    world().inject(kPeer, first);
    EXPECT_EQ(world().count(Kind::message), 2U);
}

// RFC 5246 section 6.2.1: empty records of application data may come; they say nothing, not even good-bye.
TEST_P(Association, PassesOverEmptyRecords) {
    if (!GetParam().ownClient)
        GTEST_SKIP() << "GnuTLS sends none";
    const auto session = open(kPeer);
    for (const auto* text : {"", "something", ""})
        for (const auto& record : sealed(world(), text))
            world().inject(kPeer, record);
    ASSERT_EQ(world().count(Kind::message), 1U);
    EXPECT_EQ(textOf(world().of(Kind::message)[0].message), "something");
    EXPECT_EQ(world().listener.find(kPeer), session);
}

TEST_P(Association, EndsWithThePeersCloseNotify) {
    const auto session = open(kPeer);
    world().clientClose(kPeer);
    const auto closed = world().of(Kind::closed);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].session, session);
    EXPECT_EQ(closed[0].close.cause, Close::Cause::peerCloseNotify);
    EXPECT_TRUE(closed[0].wasEstablished);
    EXPECT_EQ(world().listener.sessions(), 0U);
    EXPECT_EQ(world().listener.find(kPeer), 0U);
    EXPECT_FALSE(world().listener.keyBlock(session).ok());
}

TEST_P(Association, EndsWithThePeersFatalAlert) {
    Output out;
    auto raw = std::make_unique<RawGnutlsClient>(
        "NONE:+VERS-DTLS1.2:+ECDHE-PSK:+AES-128-CBC:+SHA256:+GROUP-SECP256R1:+SIGN-ECDSA-SHA256:%NO_ETM", kClientUuid,
        kKey, out);
    auto* peer = raw.get();
    ASSERT_EQ(world().attach(kPeer, std::move(raw), out).session->phase(), Phase::established);
    gnutls_alert_send(peer->handle(), GNUTLS_AL_FATAL, GNUTLS_A_USER_CANCELED);
    Output last;
    peer->close(world().now, last); // hands over both
    world().carry(kPeer, last);
    const auto closed = world().of(Kind::closed);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].close.cause, Close::Cause::peerAlert);
    EXPECT_EQ(closed[0].close.alert, alert::userCanceled);
    EXPECT_TRUE(closed[0].wasEstablished);
}

TEST_P(Association, SaysCloseNotifyWhenItEnds) {
    const auto session = open(kPeer);
    world().listener.close(session, world().now);
    world().run();
    EXPECT_EQ(world().clients.at(kPeer).session->phase(), Phase::closed);
    EXPECT_EQ(world().clients.at(kPeer).session->closeReason().cause, Close::Cause::peerCloseNotify);
    ASSERT_EQ(world().count(Kind::closed), 1U);
    EXPECT_EQ(world().of(Kind::closed)[0].close.cause, Close::Cause::localClose);
    EXPECT_TRUE(world().of(Kind::closed)[0].wasEstablished);
    world().serverSend(session, "nothing is said after the end");
    EXPECT_TRUE(world().clients.at(kPeer).messages.empty());
}

TEST_P(Association, AllSayCloseNotifyWhenTheDaemonEnds) {
    for (std::uint16_t port = 1; port <= 5; ++port)
        open(address(port));
    world().listener.closeAll(world().now);
    world().run();
    EXPECT_EQ(world().listener.sessions(), 0U);
    EXPECT_EQ(world().count(Kind::closed), 5U);
    for (const auto& [at, client] : world().clients)
        EXPECT_EQ(client.session->closeReason().cause, Close::Cause::peerCloseNotify) << at.text();
    EXPECT_FALSE(world().listener.deadline());
}

TEST_P(Conformance, DT_04_inactivity_close) {
    ListenerSettings settings;
    settings.inactivity = 30s;
    world(settings);
    const auto session = open(kPeer);
    world().advance(20s);
    world().clientSend(kPeer, "alive"); // a message counts
    world().advance(20s);
    world().serverSend(session, "an answer counts too");
    world().advance(29s);
    EXPECT_EQ(world().listener.sessions(), 1U);
    world().advance(2s);
    EXPECT_EQ(world().listener.sessions(), 0U);
    const auto closed = world().of(Kind::closed);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].close.failure.reason, Reason::timedOut);
    EXPECT_EQ(world().clients.at(kPeer).session->closeReason().cause, Close::Cause::peerCloseNotify);
}

INSTANTIATE_TEST_SUITE_P(Engines, Association, ::testing::ValuesIn(kPairings), engineNames);
INSTANTIATE_TEST_SUITE_P(Engines, Conformance, ::testing::ValuesIn(kPairings), engineNames);
