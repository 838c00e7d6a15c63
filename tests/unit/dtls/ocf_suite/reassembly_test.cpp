#include "dtls/ocf_suite/reassembly.h"
#include "recorded.h"

#include <gtest/gtest.h>

namespace ocfsecd::dtls::ocf_suite::test {

namespace {

const Bytes kBody = [] {
    Bytes out(100);
    SeededRandom{9}.fill(out);
    return out;
}();

HandshakeFragment piece(std::size_t offset, std::size_t length, std::uint16_t sequence = 0, std::uint8_t type = 16) {
    return {type, static_cast<std::uint32_t>(kBody.size()), sequence, static_cast<std::uint32_t>(offset),
            ByteView{kBody}.subspan(offset, length)};
}

using Added = Reassembly::Added;

} // namespace

TEST(Reassembly, PutsTogetherPiecesInEveryOrder) {
    std::vector<std::pair<std::size_t, std::size_t>> pieces{{0, 30}, {30, 30}, {60, 39}, {99, 1}};
    do {
        Reassembly reassembly{0};
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            EXPECT_FALSE(reassembly.take());
            EXPECT_EQ(reassembly.add(piece(pieces[i].first, pieces[i].second)), Added::kept);
        }
        const auto message = reassembly.take();
        ASSERT_TRUE(message);
        EXPECT_TRUE(equal(message->body(), kBody));
        EXPECT_EQ(message->raw, wrapMessage(MessageType::clientKeyExchange, 0, kBody)) << "as the transcript hashes it";
        EXPECT_EQ(reassembly.next(), 1);
    } while (std::next_permutation(pieces.begin(), pieces.end()));
}

TEST(Reassembly, OverlapsAndRepetitionsCountOnce) {
    Reassembly reassembly{0};
    reassembly.add(piece(0, 60));
    reassembly.add(piece(0, 60));
    reassembly.add(piece(40, 40));
    EXPECT_FALSE(reassembly.take());
    reassembly.add(piece(50, 50));
    EXPECT_TRUE(reassembly.take());
}

TEST(Reassembly, KeepsLaterMessagesUntilTheirTurn) {
    Reassembly reassembly{3};
    EXPECT_EQ(reassembly.add({14, 0, 5, 0, {}}), Added::kept);
    EXPECT_EQ(reassembly.add(piece(0, 100, 4)), Added::kept);
    EXPECT_FALSE(reassembly.take());
    EXPECT_EQ(reassembly.add(piece(0, 100, 3)), Added::kept);
    EXPECT_EQ(reassembly.take()->sequence, 3);
    EXPECT_EQ(reassembly.take()->sequence, 4);
    EXPECT_EQ(reassembly.take()->sequence, 5);
    EXPECT_FALSE(reassembly.take());
    EXPECT_EQ(reassembly.add(piece(0, 100, 4)), Added::old);
}

TEST(Reassembly, RefusesWhatIsBrokenOrTooFarOrTooLong) {
    Reassembly reassembly{0};
    ASSERT_EQ(reassembly.add(piece(0, 50)), Added::kept);
    EXPECT_EQ(reassembly.add({16, 100, 0, 80, ByteView{kBody}.first(50)}), Added::dropped) << "beyond its end";
    EXPECT_EQ(reassembly.add({16, 100, 0, 50, {}}), Added::dropped) << "an empty piece of something";
    EXPECT_EQ(reassembly.add(piece(0, 50, kAhead)), Added::dropped);
    EXPECT_EQ(reassembly.add({16, kMaxMessage + 1, 1, 0, ByteView{kBody}}), Added::tooLong);
    EXPECT_EQ(reassembly.add(piece(50, 50)), Added::kept);
    EXPECT_TRUE(reassembly.take());
}

// Nothing in epoch 0 is authentic: were the first one to count, a single forged fragment could hold up a handshake
// until its time-out. The honest peer repeats itself.
TEST(Reassembly, OfPiecesThatContradictEachOtherTheNewestCounts) {
    const HandshakeFragment forgeries[] = {piece(0, 50, 0, 12),                          // another type
                                           {16, 101, 0, 50, ByteView{kBody}.first(50)}}; // another length
    for (const auto& forged : forgeries) {
        Reassembly reassembly{0};
        EXPECT_EQ(reassembly.add(forged), Added::kept);
        EXPECT_EQ(reassembly.add(piece(0, 50)), Added::kept);
        EXPECT_EQ(reassembly.add(piece(50, 50)), Added::kept);
        const auto message = reassembly.take();
        ASSERT_TRUE(message);
        EXPECT_EQ(message->type, MessageType::clientKeyExchange);
        EXPECT_TRUE(equal(message->body(), kBody));
    }
}

TEST(Reassembly, MemoryIsBounded) {
    Reassembly reassembly{0};
    for (std::uint32_t sequence = 0; sequence <= 0xffff; ++sequence)
        for (const auto length : {kMaxMessage, kMaxMessage * 2})
            reassembly.add(
                {16, static_cast<std::uint32_t>(length), static_cast<std::uint16_t>(sequence), 1, ByteView{kBody}});
    EXPECT_LE(reassembly.bufferedOctets(), kAhead * (kMaxMessage + kHandshakeHeader));
}

} // namespace ocfsecd::dtls::ocf_suite::test
