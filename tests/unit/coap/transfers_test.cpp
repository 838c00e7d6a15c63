#include "coap/transfers.h"

#include "world.h"

namespace ocfsecd::coap {

namespace {

TransferKey keyOf(const Channel& channel, std::string path = "/a") {
    return TransferKey::of(channel, Direction::upload, {.method = Method::post, .path = std::move(path)});
}

Response holding(std::size_t octets) {
    return {.payload = patterned(octets)};
}

class CoapUpload : public ::testing::Test {
protected:
    UploadStep take(std::uint32_t number, bool more, std::size_t octets, unsigned exponent = 2,
                    std::optional<std::uint32_t> size1 = {}) {
        return takeBlock(transfers, keyOf(clearPeer()), {number, more, exponent}, patterned(octets), size1, 1000,
                         kStart);
    }
    Transfers transfers{{60s, 2, 8}};
};

} // namespace

TEST(CoapTransfers, BelongTogetherByPeerDirectionMethodAndWholeTarget) {
    const Request request{.method = Method::get, .path = "/a", .query = {"x=1", "y"}};
    const auto key = TransferKey::of(clearPeer(), Direction::download, request);
    auto other = request;
    other.query = {"x=1y"};
    EXPECT_FALSE(key == TransferKey::of(clearPeer(), Direction::download, other));
    other = request;
    other.method = Method::post;
    EXPECT_FALSE(key == TransferKey::of(clearPeer(), Direction::download, other));
    EXPECT_FALSE(key == TransferKey::of(clearPeer(2), Direction::download, request));
    EXPECT_FALSE(key == TransferKey::of(clearPeer(), Direction::upload, request));
    EXPECT_TRUE(key == TransferKey::of(clearPeer(), Direction::download, request));
}

TEST(CoapTransfers, AreForgottenInTimeUnlessUsed) {
    Transfers transfers{{60s, 2, 8}};
    ASSERT_TRUE(transfers.start(keyOf(clearPeer(1)), holding(1), kStart));
    ASSERT_TRUE(transfers.start(keyOf(clearPeer(2)), holding(1), kStart + 1s));
    EXPECT_EQ(transfers.next(), kStart + 60s);
    EXPECT_TRUE(transfers.find(keyOf(clearPeer(1)), kStart + 30s));
    EXPECT_EQ(transfers.next(), kStart + 61s) << "the used one moved behind";
    EXPECT_FALSE(transfers.find(keyOf(clearPeer(2)), kStart + 61s));
    EXPECT_TRUE(transfers.find(keyOf(clearPeer(1)), kStart + 61s));
    transfers.expire(kStart + 200s);
    EXPECT_EQ(transfers.size(), 0U);
    EXPECT_FALSE(transfers.next());
}

TEST(CoapTransfers, APeersOwnOldestMakesRoom) {
    Transfers transfers{{60s, 2, 8}};
    ASSERT_TRUE(transfers.start(keyOf(clearPeer(9)), holding(1), kStart));
    for (const auto* path : {"/a", "/b", "/c"})
        ASSERT_TRUE(transfers.start(keyOf(clearPeer(1), path), holding(1), kStart));
    EXPECT_FALSE(transfers.find(keyOf(clearPeer(1), "/a"), kStart));
    EXPECT_TRUE(transfers.find(keyOf(clearPeer(1), "/b"), kStart));
    EXPECT_TRUE(transfers.find(keyOf(clearPeer(9)), kStart)) << "another peer's stays";
}

TEST(CoapTransfers, SecureOnesNeverMakeRoomForClearOnes) {
    Transfers transfers{{60s, 2, 3}};
    ASSERT_TRUE(transfers.start(keyOf(securePeer(1)), holding(1), kStart));
    ASSERT_TRUE(transfers.start(keyOf(clearPeer(1)), holding(1), kStart));
    ASSERT_TRUE(transfers.start(keyOf(securePeer(2)), holding(1), kStart));
    ASSERT_TRUE(transfers.start(keyOf(securePeer(3)), holding(1), kStart)) << "the clear one goes first";
    EXPECT_FALSE(transfers.find(keyOf(clearPeer(1)), kStart));
    EXPECT_FALSE(transfers.start(keyOf(clearPeer(2)), holding(1), kStart));
    EXPECT_TRUE(transfers.start(keyOf(securePeer(4)), holding(1), kStart));
    EXPECT_FALSE(transfers.find(keyOf(securePeer(1)), kStart)) << "the oldest secure one made room";
    EXPECT_EQ(transfers.size(), 3U);
}

TEST(CoapTransfers, GoWithTheirSession) {
    Transfers transfers{{60s, 2, 8}};
    ASSERT_TRUE(transfers.start(keyOf(securePeer(1)), holding(1), kStart));
    ASSERT_TRUE(transfers.start(keyOf(securePeer(2)), holding(1), kStart));
    transfers.dropSession(1);
    EXPECT_FALSE(transfers.find(keyOf(securePeer(1)), kStart));
    EXPECT_TRUE(transfers.find(keyOf(securePeer(2)), kStart));
}

TEST_F(CoapUpload, JoinsBlocksInOrder) {
    EXPECT_EQ(take(0, true, 64).code, code::continues);
    EXPECT_EQ(take(1, true, 64).code, code::continues);
    const auto last = take(2, false, 10);
    ASSERT_TRUE(last.body);
    EXPECT_EQ(last.body->size(), 138U);
    EXPECT_EQ(transfers.size(), 0U);
}

TEST_F(CoapUpload, TakesASingleBlock) {
    const auto only = take(0, false, 64);
    ASSERT_TRUE(only.body);
    EXPECT_EQ(only.body->size(), 64U);
}

TEST_F(CoapUpload, AllowsSmallerBlocksOnTheWay) {
    EXPECT_EQ(take(0, true, 64, 2).code, code::continues);
    EXPECT_EQ(take(4, true, 16, 0).code, code::continues) << "offset 64 in blocks of 16";
    const auto last = take(5, false, 16, 0);
    ASSERT_TRUE(last.body);
    EXPECT_EQ(last.body->size(), 96U);
}

TEST_F(CoapUpload, AGapIsIncompleteAndForgetsTheRest) {
    EXPECT_EQ(take(0, true, 64).code, code::continues);
    EXPECT_EQ(take(2, true, 64).code, code::incomplete);
    EXPECT_EQ(take(1, true, 64).code, code::incomplete) << "nothing is left of it";
    EXPECT_EQ(take(3, false, 1).code, code::incomplete);
}

TEST_F(CoapUpload, TheFirstBlockStartsAnew) {
    EXPECT_EQ(take(0, true, 64).code, code::continues);
    EXPECT_EQ(take(1, true, 64).code, code::continues);
    EXPECT_EQ(take(0, true, 64).code, code::continues);
    const auto last = take(1, false, 1);
    ASSERT_TRUE(last.body);
    EXPECT_EQ(last.body->size(), 65U);
}

TEST_F(CoapUpload, SizesMustFit) {
    EXPECT_EQ(take(0, true, 63).code, code::badRequest);
    EXPECT_EQ(take(0, true, 65).code, code::badRequest);
    EXPECT_EQ(take(0, false, 65).code, code::badRequest);
}

TEST_F(CoapUpload, TooLargeIsSaidAsEarlyAsPossible) {
    EXPECT_EQ(take(0, true, 64, 2, 1001).code, code::tooLarge) << "announced";
    EXPECT_EQ(transfers.size(), 0U);
    for (std::uint32_t n = 0; n < 15; ++n)
        ASSERT_EQ(take(n, true, 64, 2, 1000).code, code::continues);
    EXPECT_EQ(take(15, true, 64).code, code::tooLarge) << "1024 octets";
    EXPECT_EQ(transfers.size(), 0U);
}

TEST_F(CoapUpload, ALargeBlockNumberCostsNothing) {
    EXPECT_EQ(take(0xFFFFF, true, 1024, 6).code, code::tooLarge);
    EXPECT_EQ(transfers.size(), 0U);
}

} // namespace ocfsecd::coap
