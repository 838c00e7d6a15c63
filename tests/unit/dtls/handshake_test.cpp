#include "engines.h"
#include "hello.h"
#include "raw_gnutls.h"

#include <random>

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;
using Kind = ListenerEvent::Kind;

namespace {
const Address kPeer = address(1000);

/// The plaintext fatal alert in what a client received.
std::optional<std::uint8_t> alertOf(const Client& client) {
    for (const auto& datagram : client.received) {
        ByteView records{datagram};
        while (const auto record = nextRecord(records))
            if (record->type == ContentType::alert && record->epoch == 0 && record->fragment.size() == 2)
                return record->fragment[1];
    }
    return std::nullopt;
}

} // namespace

TEST_P(Handshake, EndsWithTheSameKeysOnBothSides) {
    auto& client = connect(kPeer);
    ASSERT_EQ(client.session->phase(), Phase::established) << client.session->closeReason().failure.what;
    const auto events = world().of(Kind::established);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].suite, Suite::ecdhePskAes128CbcSha256);
    EXPECT_EQ(events[0].identity, kClientUuid);
    EXPECT_EQ(events[0].peer, kPeer);
    EXPECT_EQ(world().count(Kind::keyWanted), 1U);
    EXPECT_EQ(world().listener.sessions(), 1U);
    EXPECT_EQ(world().listener.handshakes(), 0U);
    const auto theirs = client.session->keyBlock();
    const auto ours = world().listener.keyBlock(events[0].session);
    ASSERT_TRUE(theirs && ours);
    EXPECT_EQ(ours->size(), 96U);
    EXPECT_TRUE(ours->equals(theirs->view()));
}

TEST_P(Conformance, OC_20_psk_identity_raw_uuid) {
    EXPECT_EQ(connect(kPeer).session->phase(), Phase::established);
    EXPECT_EQ(world().of(Kind::keyWanted).at(0).identity, kClientUuid); // all 16 octets, the zeros too
    const auto text = copyOf(viewOf("b0b00000-1111-2222-3333-444444444444"));
    auto& other = connect(address(1001), pskClient(text));
    EXPECT_EQ(world().of(Kind::keyWanted).at(1).identity, text);
    EXPECT_EQ(other.session->phase(), Phase::closed);
    EXPECT_EQ(alertOf(other), alert::unknownPskIdentity);
}

TEST_P(Conformance, OC_21_psk_hint_raw_uuid) {
    auto& client = connect(kPeer);
    const auto messages = receivedMessages(client, 12); // ServerKeyExchange
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(toHex(ByteView{messages[0]}.first(18)), "0010" + toHex(hint()));
    EXPECT_TRUE(equal(client.session->hint(), hint()));
}

TEST_P(Conformance, OC_22_unknown_identity_alert) {
    auto& client = connect(kPeer, pskClient(hex("ffffffffffffffffffffffffffffffff")));
    EXPECT_EQ(alertOf(client), alert::unknownPskIdentity);
    EXPECT_EQ(client.session->closeReason().cause, Close::Cause::peerAlert);
    EXPECT_EQ(client.session->closeReason().alert, alert::unknownPskIdentity);
    const auto closed = world().of(Kind::closed);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].close.failure.reason, Reason::unknownPskIdentity); // what AUTH-1 is made of
    EXPECT_EQ(closed[0].close.alert, alert::unknownPskIdentity);
    EXPECT_FALSE(closed[0].wasEstablished);
    EXPECT_EQ(closed[0].identity, hex("ffffffffffffffffffffffffffffffff"));
    EXPECT_EQ(world().listener.handshakes(), 0U);
}

// Facts 4.1 D5b: not after the total time-out.
TEST_P(Handshake, WithAWrongKeyEndsAtOnceWithAlert20) {
    auto& client = connect(kPeer, pskClient(kClientUuid, hex("ffeeddccbbaa99887766554433221100")));
    EXPECT_EQ(alertOf(client), alert::badRecordMac);
    const auto closed = world().of(Kind::closed);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].close.cause, Close::Cause::handshakeFailed);
    EXPECT_EQ(closed[0].close.alert, alert::badRecordMac);
    EXPECT_EQ(client.session->closeReason().cause, Close::Cause::peerAlert);
    EXPECT_EQ(client.session->closeReason().alert, alert::badRecordMac);
    EXPECT_EQ(world().count(Kind::established), 0U);
}

// One handshake is one attempt (facts 4.4): a client that does not know the key must not be able to try several of them
// by sending a Finished under each.
TEST_P(Handshake, EndsWithTheFirstFinishedThatCannotBeRead) {
    world().wire = [&](bool toServer, const Bytes& octets) -> std::vector<Bytes> {
        if (!toServer)
            return {octets};
        Bytes out;
        ByteView rest{octets};
        while (const auto record = nextRecord(rest)) {
            if (record->type == ContentType::handshake && record->epoch == 1) {
                auto guess = copyOf(record->whole);
                guess[10] ^= 0x40; // another number, so another record
                guess.at(guess.size() - 1) ^= 1;
                out.insert(out.end(), guess.begin(), guess.end());
            }
            out.insert(out.end(), record->whole.begin(), record->whole.end());
        }
        return {out};
    };
    auto& client = connect(kPeer);
    EXPECT_EQ(world().count(Kind::established), 0U);
    EXPECT_EQ(alertOf(client), alert::badRecordMac);
    const auto closed = world().of(Kind::closed);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].close.alert, alert::badRecordMac);
}

// … nor by records of other kinds: until the Finished has come an authentic alert counts no more than a forged one.
TEST_P(Handshake, GivesNoAnswerToProtectedAlertsBeforeTheFinished) {
    std::vector<Bytes> kept;
    world().wire = [&](bool toServer, const Bytes& octets) -> std::vector<Bytes> {
        if (!toServer || !holdsRecord(octets, ContentType::handshake, 1))
            return {octets};
        kept.push_back(octets);
        return {};
    };
    Output out;
    auto raw = std::make_unique<RawGnutlsClient>(
        "NONE:+VERS-DTLS1.2:+ECDHE-PSK:+AES-128-CBC:+SHA256:+GROUP-SECP256R1:+SIGN-ECDSA-SHA256:%NO_ETM", kClientUuid,
        kKey, out);
    auto* peer = raw.get();
    auto& client = world().attach(kPeer, std::move(raw), out);
    ASSERT_EQ(kept.size(), 1U);
    gnutls_alert_send(peer->handle(), GNUTLS_AL_FATAL, GNUTLS_A_USER_CANCELED);
    Output alert;
    peer->flush(alert);
    ASSERT_EQ(alert.datagrams.size(), 1U);
    ASSERT_TRUE(holdsRecord(alert.datagrams[0], ContentType::alert, 1));
    world().carry(kPeer, alert);
    EXPECT_EQ(world().count(Kind::closed), 0U);
    world().wire = [](bool, const Bytes& octets) { return std::vector<Bytes>{octets}; };
    world().inject(kPeer, kept[0]);
    EXPECT_EQ(client.session->phase(), Phase::established);
}

TEST_P(Handshake, OfAClientWithoutAKeyForTheHintFails) {
    Bytes asked;
    ClientParameters parameters = pskClient();
    parameters.chooseKey = [&asked](ByteView given) {
        asked = copyOf(given);
        return std::optional<ClientKey>{};
    };
    auto& client = connect(kPeer, parameters);
    EXPECT_EQ(asked, hint());
    EXPECT_EQ(client.session->phase(), Phase::closed);
    EXPECT_EQ(client.session->closeReason().cause, Close::Cause::handshakeFailed);
    EXPECT_EQ(world().count(Kind::closed), 1U);
    EXPECT_EQ(world().listener.handshakes(), 0U);
}

// L2.10: everything of that peer waits in order until the key is there, and the key is asked for once.
TEST_P(Handshake, WaitsForItsKey) {
    world().answerKeys = false;
    auto& client = connect(kPeer);
    const auto wanted = world().of(Kind::keyWanted);
    ASSERT_EQ(wanted.size(), 1U);
    EXPECT_EQ(wanted[0].identity, kClientUuid);
    const auto sentBefore = world().sentToClients.size();
    world().advance(16s); // the client repeats its flight meanwhile, more often than there is room for
    EXPECT_EQ(world().sentToClients.size(), sentBefore);
    EXPECT_EQ(world().count(Kind::keyWanted), 1U);
    EXPECT_EQ(world().listener.handshakes(), 1U);
    world().answerKey(wanted[0].session, shareSecret(kKey));
    EXPECT_EQ(client.session->phase(), Phase::established);
    EXPECT_EQ(world().count(Kind::established), 1U);
}

TEST_P(Handshake, WhoseKeyTurnsOutUnknownEndsWithAlert115) {
    world().answerKeys = false;
    auto& client = connect(kPeer);
    world().answerKey(world().of(Kind::keyWanted).at(0).session, nullptr);
    EXPECT_EQ(alertOf(client), alert::unknownPskIdentity);
    EXPECT_EQ(world().count(Kind::closed), 1U);
}

TEST_P(Handshake, WhoseKeyNeverComesEnds) {
    world().answerKeys = false;
    connect(kPeer);
    world().advance(61s);
    const auto closed = world().of(Kind::closed);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].close.cause, Close::Cause::timedOut);
    EXPECT_EQ(world().listener.handshakes(), 0U);
    world().answerKey(closed[0].session, shareSecret(kKey)); // too late, and harmless
    EXPECT_EQ(world().count(Kind::established), 0U);
}

// Facts 1.7: 1 s doubling to 20 s, given up at 60 s; both sides.
TEST_P(Conformance, DT_03_retransmission) {
    const std::vector<Duration> doubling{0s, 1s, 3s, 7s, 15s, 31s, 51s};
    std::vector<Duration> sent;
    auto begin = world().now;
    const auto note = [&] { sent.push_back(std::chrono::duration_cast<Duration>(world().now - begin)); };

    world().wire = [&](bool toServer, const Bytes&) -> std::vector<Bytes> {
        if (toServer)
            note();
        return {}; // the client hears nothing
    };
    auto& client = connect(kPeer);
    world().advance(59s);
    EXPECT_EQ(sent, doubling);
    EXPECT_EQ(client.session->phase(), Phase::handshaking);
    world().advance(2s);
    EXPECT_EQ(client.session->closeReason().cause, Close::Cause::timedOut);

    sent.clear();
    begin = world().now;
    world().wire = [&](bool toServer, const Bytes& octets) -> std::vector<Bytes> {
        if (toServer || !cookieOf(octets).empty())
            return {octets};
        note();
        world().clients.at(address(1001)).session.reset(); // the peer dies before it sees the ServerHello
        return {};
    };
    connect(address(1001));
    world().advance(59s);
    EXPECT_EQ(sent, doubling);
    EXPECT_EQ(world().listener.handshakes(), 1U);
    world().advance(2s);
    EXPECT_EQ(world().listener.handshakes(), 0U);
    ASSERT_EQ(world().count(Kind::closed), 1U);
    EXPECT_EQ(world().of(Kind::closed)[0].close.cause, Close::Cause::timedOut);
}

TEST_P(Handshake, SurvivesTheLossOfAnyOneDatagram) {
    for (int lost = 0; lost < 12; ++lost) {
        int number = 0;
        world().wire = [&](bool, const Bytes& octets) -> std::vector<Bytes> {
            return number++ == lost ? std::vector<Bytes>{} : std::vector<Bytes>{octets};
        };
        const auto peer = address(static_cast<std::uint16_t>(2000 + lost));
        auto& client = connect(peer);
        world().advance(10s);
        EXPECT_EQ(client.session->phase(), Phase::established) << lost;
        number = 1000;
        world().clientSend(peer, "works");
    }
    EXPECT_EQ(world().count(Kind::established), 12U);
    EXPECT_EQ(world().count(Kind::keyWanted), 12U);
    EXPECT_EQ(world().count(Kind::message), 12U);
}

TEST_P(Handshake, SurvivesLossDuplicationAndReordering) {
    ListenerSettings settings;
    settings.inactivity = 24h;
    world(settings);
    for (unsigned seed = 1; seed <= 40; ++seed) {
        std::mt19937 dice{seed};
        world().wire = [&](bool, const Bytes& octets) -> std::vector<Bytes> {
            const auto roll = dice() % 10;
            return roll < 2 ? std::vector<Bytes>{} : std::vector<Bytes>(roll == 2 ? 2 : 1, octets);
        };
        world().pick = [&](std::size_t size) { return dice() % size; };
        auto& client = connect(address(static_cast<std::uint16_t>(3000 + seed)));
        world().advance(60s);
        EXPECT_EQ(client.session->phase(), Phase::established)
            << seed << ": " << client.session->closeReason().failure.what;
    }
    EXPECT_EQ(world().count(Kind::established), 40U);
    for (const auto& event : world().of(Kind::closed))
        ADD_FAILURE() << event.peer.text() << ' ' << event.wasEstablished << ' ' << event.close.failure.what;
}

TEST_P(Handshake, IsDoneOnceThoughEveryDatagramComesTwice) {
    world().wire = [](bool, const Bytes& octets) { return std::vector<Bytes>{octets, octets}; };
    auto& client = connect(kPeer);
    EXPECT_EQ(client.session->phase(), Phase::established);
    world().clientSend(kPeer, "once");
    EXPECT_EQ(world().count(Kind::keyWanted), 1U);
    EXPECT_EQ(world().count(Kind::established), 1U);
    EXPECT_EQ(world().count(Kind::message), 1U);
    EXPECT_EQ(world().listener.handshakes(), 0U);
    EXPECT_EQ(world().gate.asked, 1);
}

// RFC 6347 section 4.2.4: the server repeats its last flight when the client repeats its own.
TEST_P(Handshake, RepeatsALostLastFlight) {
    bool lost = false;
    world().wire = [&](bool toServer, const Bytes& octets) -> std::vector<Bytes> {
        if (!toServer && !lost && octets.front() == 20) { // ChangeCipherSpec and Finished
            lost = true;
            return {};
        }
        return {octets};
    };
    auto& client = connect(kPeer);
    EXPECT_TRUE(lost);
    EXPECT_EQ(client.session->phase(), Phase::handshaking);
    EXPECT_EQ(world().count(Kind::established), 1U);
    world().advance(2s);
    EXPECT_EQ(client.session->phase(), Phase::established);
    world().clientSend(kPeer, "here");
    EXPECT_EQ(world().count(Kind::message), 1U);
    EXPECT_EQ(world().count(Kind::closed), 0U);
}

TEST_P(Conformance, DT_01_dtls12_only) {
    HelloForm form;
    const auto answerTo = [&](HelloForm asked) {
        form = std::move(asked);
        world().inject(kPeer, makeHello(form));
        form.cookie = cookieOf(world().sentToClients.back().octets);
        form.sequence = 1;
        EXPECT_FALSE(form.cookie.empty());
        world().inject(kPeer, makeHello(form));
        return toHex(world().sentToClients.back().octets);
    };
    HelloForm dtls10;
    dtls10.version = 0xfeff;
    HelloForm dtls13;
    dtls13.extensions = hex("002b000302fefc");
    HelloForm dtls14; // knows nothing but versions to come
    dtls14.extensions = hex("002b000302fefb");
    HelloForm tls;
    tls.version = 0x0303;
    const auto protocolVersion = toHex(plaintextAlert(70, 1));
    EXPECT_EQ(answerTo(dtls10), protocolVersion);
    EXPECT_EQ(answerTo(dtls13), protocolVersion);
    EXPECT_EQ(answerTo(dtls14), protocolVersion);
    EXPECT_EQ(answerTo(tls), protocolVersion);
    EXPECT_EQ(world().count(Kind::refused), 4U);
    EXPECT_EQ(world().of(Kind::refused)[0].close.alert, alert::protocolVersion);
    EXPECT_EQ(world().listener.handshakes(), 0U);
    EXPECT_EQ(world().gate.asked, 0);
    EXPECT_EQ(connect(address(1001)).session->phase(), Phase::established);
}

TEST_P(Conformance, DT_02_cookie) {
    world().inject(kPeer, makeHello({}));
    ASSERT_EQ(world().sentToClients.size(), 1U);
    const auto answer = world().sentToClients[0].octets;
    EXPECT_EQ(cookieOf(answer).size(), 16U);
    EXPECT_LT(answer.size(), makeHello({}).size());
    EXPECT_EQ(world().listener.handshakes(), 0U);
    EXPECT_EQ(world().listener.find(kPeer), 0U);
    EXPECT_EQ(world().gate.asked, 0);
    EXPECT_TRUE(world().events.empty());

    HelloForm form;
    form.cookie = cookieOf(answer);
    form.cookie[3] ^= 1;
    world().inject(kPeer, makeHello(form)); // a wrong one gets a new one
    EXPECT_EQ(cookieOf(world().sentToClients.back().octets), cookieOf(answer));
    form.cookie = cookieOf(answer);
    world().inject(address(1001), makeHello(form)); // another's gets a new one
    EXPECT_NE(cookieOf(world().sentToClients.back().octets), cookieOf(answer));
    EXPECT_EQ(world().gate.asked, 0);
    world().inject(kPeer, makeHello(form));
    EXPECT_EQ(world().gate.asked, 1);
}

// A ServerHello has neither session_ticket (35) nor encrypt_then_mac (22), whatever a client would like (facts 7.1).
TEST_P(Conformance, DT_05_no_renegotiation_no_tickets) {
    const auto& priorities = "NORMAL:-VERS-ALL:+VERS-DTLS1.2:-KX-ALL:+ECDHE-PSK:-CIPHER-ALL:+AES-128-CBC:+SHA256";
    Output out;
    auto raw = std::make_unique<RawGnutlsClient>(priorities, kClientUuid, kKey, out);
    auto* peer = raw.get();
    auto& client = world().attach(kPeer, std::move(raw), out);
    ASSERT_EQ(client.session->phase(), Phase::established) << client.session->closeReason().failure.what;

    const auto hellos = receivedMessages(client, 2);
    ASSERT_EQ(hellos.size(), 1U);
    Reader hello{hellos[0]};
    hello.take(2 + 32);
    hello.take(hello.u8());
    hello.take(2 + 1);
    Reader extensions{hello.take(hello.u16())};
    std::vector<unsigned> types;
    while (extensions.left() != 0) {
        types.push_back(extensions.u16());
        extensions.take(extensions.u16());
    }
    EXPECT_TRUE(extensions.ok());
    EXPECT_EQ(std::ranges::count(types, 35U), 0);
    EXPECT_EQ(std::ranges::count(types, 22U), 0);
    EXPECT_EQ(std::ranges::count(types, 23U), 1);     // extended_master_secret, offered and so used
    EXPECT_TRUE(receivedMessages(client, 4).empty()); // no NewSessionTicket

    const auto session = world().listener.find(kPeer);
    for (int i = 0; i < 3; ++i) {
        const auto sentBefore = world().sentToClients.size();
        Output again;
        peer->renegotiate(again);
        EXPECT_FALSE(again.datagrams.empty() && i == 0);
        world().carry(kPeer, again);
        EXPECT_EQ(world().sentToClients.size(), sentBefore); // ignored
        EXPECT_EQ(world().gate.asked, 1);
        Output data;
        peer->send(viewOf("still here"), world().now, data);
        world().carry(kPeer, data);
        EXPECT_EQ(world().count(Kind::message), static_cast<std::size_t>(i + 1));
    }
    EXPECT_EQ(world().listener.find(kPeer), session);
    EXPECT_EQ(world().listener.handshakes(), 0U);
}

TEST_P(Handshake, WorksWithoutTheExtendedMasterSecret) {
    Output out;
    auto raw = std::make_unique<RawGnutlsClient>("NONE:+VERS-DTLS1.2:+ECDHE-PSK:+AES-128-CBC:+SHA256:+GROUP-SECP256R1:"
                                                 "+SIGN-ECDSA-SHA256:%NO_ETM:%NO_SESSION_HASH",
                                                 kClientUuid, kKey, out);
    auto* peer = raw.get();
    auto& client = world().attach(kPeer, std::move(raw), out);
    ASSERT_EQ(client.session->phase(), Phase::established) << client.session->closeReason().failure.what;
    EXPECT_EQ(gnutls_session_get_flags(peer->handle()) & GNUTLS_SFLAGS_EXT_MASTER_SECRET, 0U);
    const auto ours = world().listener.keyBlock(world().listener.find(kPeer));
    ASSERT_TRUE(ours);
    EXPECT_TRUE(ours->equals(client.session->keyBlock()->view()));
}

TEST_P(Handshake, WithoutACommonSuiteIsRefusedWithAlert40) {
    world().gate.admission.suites = {Suite::ecdheEcdsaAes128Ccm8};
    auto& client = connect(kPeer);
    EXPECT_EQ(alertOf(client), alert::handshakeFailure);
    EXPECT_EQ(world().count(Kind::refused), 1U);
    EXPECT_EQ(world().listener.find(kPeer), 0U);
}

TEST_P(Handshake, ThatIsNotAdmittedIsRefusedWithItsReason) {
    world().gate.admission = {
        false, {}, nullptr, {}, {Reason::notAuthorised, "no owner transfer method is selected", "select one"}};
    auto& client = connect(kPeer);
    EXPECT_EQ(client.session->closeReason().alert, alert::handshakeFailure);
    const auto refused = world().of(Kind::refused);
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].close.failure.what, "no owner transfer method is selected");
    EXPECT_EQ(refused[0].session, 0U);
    EXPECT_EQ(world().listener.handshakes(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Engines, Handshake, ::testing::ValuesIn(kPairings), engineNames);
