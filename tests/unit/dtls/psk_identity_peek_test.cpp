#include "dtls/psk_identity_peek.h"

#include "hello.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;
using Found = PskIdentityPeek::Found;

namespace {

// The ClientKeyExchange of the reference capture "psk-reconnect"; its identity is the tool's UUID, zero octet first.
const Bytes kMessage =
    *fromHex("100000540002000000000054001000bcb47c1eb94b894132c2d2181ca9844104b69db61f9f0ec48dcfd185b702"
             "156cb001af3c5dd97ebf9f50e32f8fd3c474c8bdc91a9c87d4e6228db96160b33cf9ff0eaf1dd4c97b2f300fef"
             "07fade4ed421");
constexpr std::string_view kIdentity = "00bcb47c1eb94b894132c2d2181ca984";

Bytes fragment(std::size_t offset, std::size_t size, std::uint16_t sequence = 2, ByteView body = {}) {
    if (body.empty())
        body = ByteView{kMessage}.subspan(kHandshakeHeader);
    Writer out;
    out.u8(16).u24(body.size()).u16(sequence).u24(offset).u24(size).bytes(body.subspan(offset, size));
    return handshakeRecord(out.view());
}

Bytes exchange(std::size_t identitySize) {
    Writer body;
    body.u16(identitySize).bytes(Bytes(identitySize, 'x')).u8(65).bytes(Bytes(65, 4));
    Writer out;
    out.u8(16).u24(body.size()).u16(2).u24(0).u24(body.size()).bytes(body.view());
    return handshakeRecord(out.view());
}

} // namespace

TEST(PskIdentityPeek, ReadsTheRecordedMessage) {
    PskIdentityPeek peek;
    ASSERT_EQ(peek.look(handshakeRecord(kMessage)), Found::identity);
    EXPECT_EQ(toHex(peek.identity()), kIdentity);
}

TEST(PskIdentityPeek, FindsItBehindOtherRecords) {
    auto datagram = handshakeRecord(*fromHex(kRecordedHello));
    const auto message = handshakeRecord(kMessage, 1);
    datagram.insert(datagram.end(), message.begin(), message.end());
    PskIdentityPeek peek;
    EXPECT_EQ(peek.look(datagram), Found::identity);
}

TEST(PskIdentityPeek, PutsFragmentsTogetherOverDatagramsInAnyOrder) {
    PskIdentityPeek peek;
    EXPECT_EQ(peek.look(fragment(40, 44)), Found::nothing);
    EXPECT_EQ(peek.look(fragment(40, 44)), Found::nothing); // a repetition completes nothing
    EXPECT_EQ(peek.look(fragment(0, 10)), Found::nothing);
    ASSERT_EQ(peek.look(fragment(5, 40)), Found::identity); // overlapping
    EXPECT_EQ(toHex(peek.identity()), kIdentity);
}

TEST(PskIdentityPeek, StartsAnewWithAnotherMessage) {
    PskIdentityPeek peek;
    EXPECT_EQ(peek.look(fragment(0, 60, 9)), Found::nothing);
    EXPECT_EQ(peek.look(fragment(60, 24, 2)), Found::nothing);
    EXPECT_EQ(peek.look(fragment(0, 60, 2)), Found::identity);
}

TEST(PskIdentityPeek, RefusesWhatNoIdentityNeeds) {
    EXPECT_EQ(PskIdentityPeek{}.look(exchange(128)), Found::identity);
    EXPECT_EQ(PskIdentityPeek{}.look(exchange(129)), Found::tooLong);
    EXPECT_EQ(PskIdentityPeek{}.look(exchange(60000)), Found::tooLong);
    // Announced only: refused before anything is kept for it.
    Writer out;
    out.u8(16).u24(0xffffff).u16(2).u24(0).u24(1).u8(0);
    EXPECT_EQ(PskIdentityPeek{}.look(handshakeRecord(out.view())), Found::tooLong);
}

TEST(PskIdentityPeek, LeavesMalformedMessagesToTheLibrary) {
    Writer out;
    out.u8(16).u24(4).u16(2).u24(0).u24(4).u16(100).u16(0); // identity longer than the message
    EXPECT_EQ(PskIdentityPeek{}.look(handshakeRecord(out.view())), Found::nothing);
    EXPECT_EQ(PskIdentityPeek{}.look(handshakeRecord(kMessage, 0, 1)), Found::nothing); // protected: not ours to read
}
