#include "dtls/record.h"

#include "hello.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;

TEST(Record, SeveralInOneDatagramAreReadInOrder) {
    auto datagram = handshakeRecord(viewOf("first"), 7);
    const auto second = handshakeRecord(viewOf("2nd"), 8, 1);
    datagram.insert(datagram.end(), second.begin(), second.end());
    ByteView rest{datagram};
    const auto a = nextRecord(rest);
    const auto b = nextRecord(rest);
    ASSERT_TRUE(a && b);
    EXPECT_EQ(textOf(a->fragment), "first");
    EXPECT_EQ(a->sequence, 7U);
    EXPECT_EQ(a->epoch, 0);
    EXPECT_TRUE(equal(b->whole, second));
    EXPECT_EQ(b->epoch, 1);
    EXPECT_FALSE(nextRecord(rest));
}

TEST(Record, TruncatedOrForeignOctetsAreNoRecord) {
    const auto good = handshakeRecord(viewOf("content"));
    for (std::size_t size = 0; size < good.size(); ++size) {
        auto rest = ByteView{good}.first(size);
        EXPECT_FALSE(nextRecord(rest)) << size;
    }
    for (const std::size_t at : {0U, 1U}) { // content type, major version
        auto bad = good;
        bad[at] = 3;
        ByteView rest{bad};
        EXPECT_FALSE(nextRecord(rest)) << at;
    }
}

TEST(HandshakeFragment, MayNotReachBeyondItsMessage) {
    auto fragment = *fromHex("100000040002000002000003aabbcc");
    ByteView rest{fragment};
    EXPECT_FALSE(nextFragment(rest));
    fragment[3] = 5;
    rest = fragment;
    const auto read = nextFragment(rest);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->type, 16);
    EXPECT_EQ(read->length, 5U);
    EXPECT_EQ(read->offset, 2U);
    EXPECT_EQ(toHex(read->body), "aabbcc");
    EXPECT_TRUE(rest.empty());
}

TEST(PlaintextAlert, HasTheOctetsOfRfc6347) {
    EXPECT_EQ(toHex(plaintextAlert(40, 1)), "15fefd000000000000000100020228");
}
