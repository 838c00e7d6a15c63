#include "dtls/ocf_suite/ecdh.h"
#include "recorded.h"

#include <gtest/gtest.h>

namespace ocfsecd::dtls::ocf_suite::test {

namespace {

struct Scripted {
    explicit Scripted(std::string_view scalar) { random.say(hex(scalar)); }
    ScriptedRandom random;
};

// Point of the recorded ServerKeyExchange or ClientKeyExchange: the last 65 octets of either.
Bytes pointOf(const Recording& recording, MessageType type) {
    const auto body = bodyOf(recording, type);
    return {body.end() - kPoint, body.end()};
}

} // namespace

TEST(Ecdh, RecordedScalarsGiveRecordedPointsAndSecret) {
    for (const auto& recording : kGoodRecordings) {
        SCOPED_TRACE(recording.name);
        Scripted ofServer{recording.secrets.serverScalar}, ofClient{recording.secrets.clientScalar};
        const EcdhKey server{ofServer.random}, client{ofClient.random};
        EXPECT_EQ(server.publicPoint(), pointOf(recording, MessageType::serverKeyExchange));
        EXPECT_EQ(client.publicPoint(), pointOf(recording, MessageType::clientKeyExchange));
        const auto one = server.agree(client.publicPoint()), other = client.agree(server.publicPoint());
        ASSERT_TRUE(one && other);
        const auto premaster = recording.secrets.premaster;
        const auto want = hex(recording.suite == kAnon ? premaster : premaster.substr(4, 64));
        EXPECT_TRUE(one->equals(want));
        EXPECT_TRUE(other->equals(want));
    }
}

TEST(Ecdh, RefusesWhatIsNotAnUncompressedPointOnTheCurve) {
    SeededRandom random{1};
    const EcdhKey key{random}, peer{random};
    const auto good = peer.publicPoint();
    ASSERT_TRUE(key.agree(good));

    auto offCurve = good;
    offCurve.back() ^= 1;
    EXPECT_FALSE(key.agree(offCurve));
    Bytes zero(kPoint);
    zero[0] = 4;
    EXPECT_FALSE(key.agree(zero));
    for (const std::uint8_t form : std::initializer_list<std::uint8_t>{0, 2, 3, 5, 6, 7}) {
        auto other = good;
        other[0] = form;
        EXPECT_FALSE(key.agree(other)) << int{form};
    }
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(key.agree(ByteView{good}.first(size)));
    auto longer = good;
    longer.push_back(0);
    EXPECT_FALSE(key.agree(longer));
    EXPECT_FALSE(key.agree(hex("02" + toHex(ByteView{good}.subspan(1, 32))))) << "compressed";
    EXPECT_FALSE(key.agree(hex("00"))) << "infinity";
}

TEST(Ecdh, RefusesCoordinatesThatAreNotReduced) {
    // A point with x = 0 exists on P-256: y² = b. The same with x = p would be accepted by a sloppy check.
    const auto y = hex("66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4");
    const auto p = hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    SeededRandom random{1};
    const EcdhKey key{random};
    Bytes point{4};
    point.insert(point.end(), 32, 0);
    point.insert(point.end(), y.begin(), y.end());
    EXPECT_TRUE(key.agree(point));
    std::ranges::copy(p, point.begin() + 1);
    EXPECT_FALSE(key.agree(point));
}

} // namespace ocfsecd::dtls::ocf_suite::test
