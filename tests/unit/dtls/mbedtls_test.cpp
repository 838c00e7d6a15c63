// An independent peer: Mbed TLS 2.28, the library under IoTivity-Lite. It packs ClientKeyExchange, ChangeCipherSpec and
// Finished into one datagram, which is what the wait for a key must hold back (L2.10).

#include "engines.h"
#include "hello.h"
#include "mbedtls_peer.h"

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;
using Kind = ListenerEvent::Kind;

namespace {

const Address kPeer = address(1000);

class MbedTls : public WithEngines {
protected:
    Client& connectMbed(const Bytes& identity = kClientUuid, const Bytes& key = kKey, std::uint16_t mtu = 0) {
        Output out;
        MbedPeer::Setup setup;
        setup.identity = identity;
        setup.key = key;
        setup.mtu = mtu;
        auto session = std::make_unique<MbedPeer>(setup, world().now, out);
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
