#include "engines.h"
#include "hello.h"

#include <malloc.h>
#include <set>

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;
using Kind = ListenerEvent::Kind;

namespace {

const Address kPeer = address(1000);

/// A client that answers the cookie and is never heard of again.
void leaveHalfOpen(World& world, const Address& at, std::uint8_t seed = 0x11) {
    HelloForm form;
    form.random = Bytes(32, seed);
    world.inject(at, makeHello(form));
    form.cookie = cookieOf(world.sentToClients.back().octets);
    form.sequence = 1;
    world.inject(at, makeHello(form));
}

std::size_t heapInUse() {
    return ::mallinfo2().uordblks;
}

} // namespace

// Facts 4.1 D5a: nothing before a valid cookie changes state or costs memory.
TEST_P(Peers, WithoutACookieLeaveNoTrace) {
    world(); // made before the heap is measured
    const auto flood = [&](std::uint8_t host) {
        for (std::uint16_t port = 1; port <= 1000; ++port) {
            HelloForm form;
            form.random = Bytes(32, static_cast<std::uint8_t>(port));
            form.cookie = Bytes(16, static_cast<std::uint8_t>(port >> 4)); // forged
            const auto hello = makeHello(form);
            world().listener.feed(address(port, host), hello, world().now);
            EXPECT_EQ(world().listener.takeDatagrams().size(), 1U);
        }
    };
    flood(1);
    const auto before = heapInUse();
    flood(2);
    EXPECT_LE(heapInUse(), before);
    EXPECT_EQ(world().listener.sessions(), 0U);
    EXPECT_EQ(world().listener.handshakes(), 0U);
    EXPECT_FALSE(world().listener.deadline());
    EXPECT_TRUE(world().listener.takeEvents().empty());
    EXPECT_EQ(world().gate.asked, 0);
}

TEST_P(Conformance, OT_07_half_open_does_not_block) {
    world().inject(address(1001, 9), makeHello({})); // spoofed: nobody there reads the cookie
    EXPECT_EQ(world().listener.handshakes(), 0U);
    EXPECT_EQ(world().gate.asked, 0); // so the gate cannot have given the place away
    EXPECT_EQ(connect(kPeer).session->phase(), Phase::established);
}

TEST_P(Peers, ThatAreNotDtlsAreReportedAndForgotten) {
    for (const auto& octets :
         {hex("40010000"), hex("ff"), hex("16fefd0000000000000000ffff01"), hex("160303000101"), Bytes{}})
        world().listener.feed(kPeer, octets, world().now);
    const auto events = world().listener.takeEvents();
    ASSERT_EQ(events.size(), 5U);
    for (const auto& event : events) {
        EXPECT_EQ(event.kind, Kind::garbage);
        EXPECT_EQ(event.peer, kPeer);
    }
    EXPECT_TRUE(world().listener.takeDatagrams().empty());
}

TEST_P(Peers, UnknownGetNoAnswerToRecords) {
    world().inject(kPeer, *fromHex("17fefd0001000000000001000401020304"));
    world().inject(kPeer, plaintextAlert(0, 1));
    EXPECT_TRUE(world().sentToClients.empty());
    EXPECT_TRUE(world().events.empty());
}

// Facts 9 Q33: the commonest failure in the field is a peer that came back and was not let in.
TEST_P(Conformance, DT_10_same_port_reconnect) {
    const auto old = open(kPeer);
    world().clients.at(kPeer).session.reset(); // crashed, no close_notify
    const auto fresh = open(kPeer);
    EXPECT_NE(fresh, old);
    const auto closed = world().of(Kind::closed);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].session, old);
    EXPECT_EQ(closed[0].close.cause, Close::Cause::replaced);
    EXPECT_TRUE(closed[0].wasEstablished);
    EXPECT_EQ(world().listener.sessions(), 1U);
    world().clientSend(kPeer, "back again");
    EXPECT_EQ(world().of(Kind::message).at(0).session, fresh);
    EXPECT_EQ(world().gate.asked, 2); // the candidate was judged too
}

TEST_P(Peers, KeepTheirOldSessionWhileTheNewOneIsNotProven) {
    const auto old = open(kPeer);
    auto oldClient = std::move(world().clients.at(kPeer).session);
    world().answerKeys = false;
    connect(kPeer);
    EXPECT_EQ(world().listener.find(kPeer), old);
    EXPECT_EQ(world().listener.handshakes(), 1U);

    Output out; // data under the old keys still arrives, though the candidate holds what it gets
    oldClient->send(viewOf("old"), world().now, out);
    world().carry(kPeer, out);
    ASSERT_EQ(world().count(Kind::message), 1U);
    EXPECT_EQ(world().of(Kind::message)[0].session, old);

    world().answerKey(world().of(Kind::keyWanted).at(1).session, shareSecret(kKey));
    EXPECT_NE(world().listener.find(kPeer), old);
    EXPECT_EQ(world().listener.sessions(), 1U);
    Output late; // … and no longer afterwards
    oldClient->send(viewOf("late"), world().now, late);
    world().carry(kPeer, late);
    EXPECT_EQ(world().count(Kind::message), 1U);
    EXPECT_EQ(world().count(Kind::closed), 1U);
}

TEST_P(Peers, KeepTheirOldSessionWhenTheNewHandshakeFails) {
    const auto old = open(kPeer);
    auto oldClient = std::move(world().clients.at(kPeer).session);
    EXPECT_EQ(connect(kPeer, pskClient(kClientUuid, Bytes(16, 9))).session->phase(), Phase::closed);
    const auto closed = world().of(Kind::closed);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_NE(closed[0].session, old);
    EXPECT_FALSE(closed[0].wasEstablished);
    EXPECT_EQ(world().listener.find(kPeer), old);
    world().clients.at(kPeer).session = std::move(oldClient);
    world().clientSend(kPeer, "still");
    EXPECT_EQ(world().of(Kind::message).at(0).session, old);
}

TEST_P(Peers, KeepTheirOldSessionWhenTheNewHandshakeIsAbandonedOrRefused) {
    const auto old = open(kPeer);
    leaveHalfOpen(world(), kPeer);
    EXPECT_EQ(world().listener.handshakes(), 1U);
    world().advance(61s);
    EXPECT_EQ(world().listener.handshakes(), 0U);
    EXPECT_EQ(world().listener.find(kPeer), old);
    world().gate.admission.admit = false;
    leaveHalfOpen(world(), kPeer, 0x22);
    EXPECT_EQ(world().count(Kind::refused), 1U);
    EXPECT_EQ(world().listener.find(kPeer), old);
    world().clientSend(kPeer, "still");
    EXPECT_EQ(world().count(Kind::message), 1U);
}

TEST_P(Peers, MayGiveUpAHandshakeAndStartAnother) {
    leaveHalfOpen(world(), kPeer, 1);
    leaveHalfOpen(world(), kPeer, 2);
    EXPECT_EQ(world().listener.handshakes(), 1U);
    ASSERT_EQ(world().count(Kind::closed), 1U);
    EXPECT_EQ(world().of(Kind::closed)[0].close.cause, Close::Cause::replaced);
    open(kPeer);
    leaveHalfOpen(world(), kPeer, 3);
    leaveHalfOpen(world(), kPeer, 4);
    EXPECT_EQ(world().listener.handshakes(), 1U);
    EXPECT_EQ(world().listener.sessions(), 1U);
}

// A copy of the first handshake's ClientHello, late or replayed, has a valid cookie; it must not start another
// handshake.
TEST_P(Peers, AreNotDisturbedByALateCopyOfTheirHello) {
    std::vector<Bytes> hellos;
    world().wire = [&](bool toServer, const Bytes& octets) -> std::vector<Bytes> {
        if (toServer && octets.size() > 13 && octets[0] == 22 && octets[13] == 1)
            hellos.push_back(octets);
        return {octets};
    };
    const auto session = open(kPeer);
    ASSERT_EQ(hellos.size(), 2U);
    world().inject(kPeer, hellos[1]);
    EXPECT_EQ(world().gate.asked, 1);
    EXPECT_EQ(world().listener.handshakes(), 0U);
    EXPECT_EQ(world().listener.find(kPeer), session);
}

// Somebody who forges a peer's address and sends to another address of ours must not make its answers leave from there:
// the peer would not take them.
TEST_P(Peers, AreAnsweredFromWhereTheyAreAuthentic) {
    const Route first{Address::v4({192, 0, 2, 254}, 5684), 2};
    const Route other{Address::v4({198, 51, 100, 254}, 5684), 3};
    world().route = first;
    const auto session = open(kPeer);
    for (const auto& sent : world().sentToClients)
        EXPECT_EQ(sent.route, first);
    const auto answerRoute = [&] {
        world().sentToClients.clear();
        world().serverSend(session, "answer");
        return world().sentToClients.at(0).route;
    };
    world().route = other;
    world().inject(kPeer, *fromHex("17fefd0001000000000063000501020304ff"));
    world().inject(kPeer, plaintextAlert(0, 50));
    EXPECT_EQ(answerRoute(), first);
    world().inject(kPeer, makeHello({}));
    EXPECT_EQ(world().sentToClients.back().route, other) << "a HelloVerifyRequest goes back the way the hello came";
    EXPECT_EQ(answerRoute(), first);
    world().clientSend(kPeer, "now from here");
    EXPECT_EQ(answerRoute(), other);
}

TEST_P(Peers, OnOneHostAreToldApartByPort) {
    const auto a = open(address(1));
    const auto b = open(address(2));
    EXPECT_NE(a, b);
    world().serverSend(b, "for b");
    EXPECT_TRUE(world().clients.at(address(1)).messages.empty());
    EXPECT_EQ(world().clients.at(address(2)).messages.size(), 1U);
}

TEST_P(Conformance, DT_09_bounded_sessions) {
    ListenerSettings settings;
    settings.maxSessions = 3;
    settings.maxHandshakes = 4;
    settings.maxHandshakesPerHost = 2;
    world(settings);

    std::vector<SessionId> opened;
    for (std::uint16_t port = 1; port <= 3; ++port)
        opened.push_back(open(address(port)));
    world().clientSend(address(1), "used"); // so the second is the least recently used
    open(address(4));
    EXPECT_EQ(world().listener.sessions(), 3U);
    const auto evicted = world().of(Kind::closed);
    ASSERT_EQ(evicted.size(), 1U);
    EXPECT_EQ(evicted[0].session, opened[1]);
    EXPECT_EQ(evicted[0].close.failure.reason, Reason::limitReached);
    EXPECT_EQ(world().clients.at(address(2)).session->closeReason().cause, Close::Cause::peerCloseNotify);

    // Half-open ones: a host loses its own oldest, the others' stay.
    leaveHalfOpen(world(), address(1, 7));
    for (std::uint16_t port = 1; port <= 50; ++port)
        leaveHalfOpen(world(), address(port, 8));
    EXPECT_EQ(world().listener.handshakes(), 3U);
    EXPECT_NE(world().listener.find(address(1, 7)), 0U);
    EXPECT_NE(world().listener.find(address(50, 8)), 0U);
    EXPECT_EQ(world().listener.find(address(48, 8)), 0U);

    for (std::uint8_t host = 10; host < 60; ++host) {
        leaveHalfOpen(world(), address(1, host));
        EXPECT_LE(world().listener.handshakes(), 4U);
    }
    EXPECT_EQ(world().listener.sessions(), 3U); // no flood of handshakes touches a session
    EXPECT_EQ(open(address(9, 99)) != 0, true);
}

TEST_P(Peers, GetInWhileTheirHostIsFloodedWithHalfOpenHandshakes) {
    std::uint16_t port = 20000;
    world().wire = [&](bool, const Bytes& octets) { return std::vector<Bytes>{octets}; };
    for (int i = 0; i < 40; ++i)
        leaveHalfOpen(world(), address(port++));
    EXPECT_EQ(world().listener.handshakes(), ListenerSettings{}.maxHandshakesPerHost);
    EXPECT_EQ(connect(address(1)).session->phase(), Phase::established);
}

// A slow peer that has got as far as its ClientKeyExchange waits for its key or computes: a flood of hellos from many
// hosts, which costs its sender nothing but cookies, must not push it out.
TEST_P(Peers, ThatHaveSentTheirKeyExchangeOutlastAFloodOfHellos) {
    world().answerKeys = false;
    connect(kPeer);
    ASSERT_EQ(world().count(Kind::keyWanted), 1U);
    for (std::uint16_t i = 0; i < 40; ++i)
        leaveHalfOpen(world(), address(static_cast<std::uint16_t>(20000 + i))); // of the same host
    for (std::uint8_t host = 100; host < 125; ++host)
        for (std::uint16_t port = 1; port <= 20; ++port)
            leaveHalfOpen(world(), address(port, host));
    EXPECT_EQ(world().listener.handshakes(), ListenerSettings{}.maxHandshakes);
    world().answerKey(world().of(Kind::keyWanted)[0].session, shareSecret(kKey));
    EXPECT_EQ(world().clients.at(kPeer).session->phase(), Phase::established);
}

// ≤ 13 kB in GnuTLS, ≤ 3 kB in the own engine: what 8192 idle sessions cost a gateway.
TEST_P(Peers, CostLittleMemoryWhenIdle) {
    constexpr std::uint16_t sessions = 100;
    open(address(1)); // what is made once
    world().clients.clear();
    const auto before = heapInUse();
    if (before == 0)
        GTEST_SKIP() << "this allocator does not count";
    for (std::uint16_t port = 2; port < 2 + sessions; ++port)
        open(address(port));
    for (std::uint16_t port = 2; port < 2 + sessions; ++port)
        world().clientSend(address(port), "proves that the last flight arrived");
    world().clients.clear();
    std::vector<ListenerEvent>{}.swap(world().events); // `= {}` would keep their memory, which is no session's
    std::vector<Datagram>{}.swap(world().sentToClients);
    const auto each = (heapInUse() - before) / sessions;
    RecordProperty("octetsPerIdleSession", static_cast<int>(each));
    EXPECT_LE(each, GetParam().ownServer ? 3072U : 13312U);
}

TEST_P(Peers, WhoseTimersAreSetWakeTheListenerOnlyWhenDue) {
    EXPECT_FALSE(world().listener.deadline());
    leaveHalfOpen(world(), kPeer);
    EXPECT_EQ(world().listener.deadline(), world().now + Timers{}.retransmitFirst);
    const auto sentBefore = world().sentToClients.size();
    world().now += 999ms;
    world().listener.tick(world().now);
    world().run();
    EXPECT_EQ(world().sentToClients.size(), sentBefore);
    world().now += 1ms;
    world().listener.tick(world().now);
    world().run();
    EXPECT_GT(world().sentToClients.size(), sentBefore);
    EXPECT_EQ(world().listener.deadline(), world().now + 2s);
}

INSTANTIATE_TEST_SUITE_P(Engines, Peers, ::testing::ValuesIn(kPairings), engineNames);
