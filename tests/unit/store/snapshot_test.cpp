#include "store/snapshot.h"

#include "cbor/value.h"

#include <gtest/gtest.h>

namespace ocfsecd::store {
namespace {

Header header() {
    return {.device = 3,
            .mark = Mark::owned,
            .epoch = 7,
            .counter = 20,
            .generation = 5,
            .parentName = copyOf(viewOf("parent")),
            .stateKey = {copyOf(viewOf("public")), copyOf(viewOf("private"))},
            .earlyKey = tpm::SealedObject{copyOf(viewOf("early public")), copyOf(viewOf("early private"))}};
}

TEST(Snapshot, ComesBackAsItWas) {
    const auto key = makeStateKey();
    ASSERT_TRUE(key);
    const auto octets = encodeSnapshot(header(), *key, viewOf("body"));
    ASSERT_TRUE(octets);
    const auto back = decodeSnapshot(*octets, "f");
    ASSERT_TRUE(back) << back.failure().what;
    EXPECT_EQ(back->header.device, 3U);
    EXPECT_EQ(back->header.mark, Mark::owned);
    EXPECT_EQ(back->header.epoch, 7U);
    EXPECT_EQ(back->header.counter, 20U);
    EXPECT_EQ(back->header.generation, 5U);
    EXPECT_EQ(textOf(back->header.parentName), "parent");
    EXPECT_EQ(back->header.stateKey, header().stateKey);
    EXPECT_EQ(back->header.earlyKey, header().earlyKey);
    const auto body = openBody(*back, *key, "f");
    ASSERT_TRUE(body);
    EXPECT_EQ(textOf(*body), "body");
}

TEST(Snapshot, AnEmptyBodyIsAuthenticatedToo) {
    const auto key = makeStateKey();
    auto back = decodeSnapshot(*encodeSnapshot(header(), *key, {}), "f");
    ASSERT_TRUE(back);
    EXPECT_TRUE(openBody(*back, *key, "f"));
    back->headerOctets.back() ^= 1;
    EXPECT_EQ(openBody(*back, *key, "f").failure().reason, Reason::stateCorrupt);
}

TEST(Snapshot, AnotherKeyDoesNotOpenIt) {
    const auto key = makeStateKey();
    const auto other = makeStateKey();
    const auto back = decodeSnapshot(*encodeSnapshot(header(), *key, viewOf("body")), "f");
    ASSERT_TRUE(back);
    EXPECT_EQ(openBody(*back, *other, "f").failure().reason, Reason::stateCorrupt);
    EXPECT_EQ(openBody(*back, SecretBytes{viewOf("short")}, "f").failure().reason, Reason::stateCorrupt);
}

TEST(Snapshot, NoTwoWritesUseTheSameNonce) {
    const auto key = makeStateKey();
    const auto first = decodeSnapshot(*encodeSnapshot(header(), *key, viewOf("body")), "f");
    const auto second = decodeSnapshot(*encodeSnapshot(header(), *key, viewOf("body")), "f");
    EXPECT_NE(first->nonce, second->nonce);
    EXPECT_NE(first->encrypted, second->encrypted);
}

TEST(Snapshot, ANewerFormatIsForeignAndNamed) {
    const auto newer = cbor::encode(cbor::Array{"ocfsecd snapshot", 2, "whatever comes then"});
    const auto refused = decodeSnapshot(newer, "/var/lib/x/device-0.snapshot");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().reason, Reason::foreignState);
    EXPECT_NE(refused.failure().what.find("/var/lib/x/device-0.snapshot"), std::string::npos);
    EXPECT_NE(refused.failure().what.find("newer"), std::string::npos);
}

TEST(Snapshot, WhatIsNoSnapshotIsCorrupt) {
    for (const auto& octets :
         {cbor::encode(cbor::Array{}), cbor::encode(7), cbor::encode(cbor::Array{"another magic", 1}),
          cbor::encode(cbor::Array{"ocfsecd snapshot", 0}), cbor::encode(cbor::Array{"ocfsecd snapshot", "1"}),
          cbor::encode(cbor::Array{"ocfsecd snapshot", 1, Bytes{}, Bytes(12), Bytes(16)}),
          cbor::encode(cbor::Array{"ocfsecd snapshot", 1, Bytes{0xa0}, Bytes(12), Bytes(16)}), Bytes{},
          Bytes(100, 0xff)})
        EXPECT_EQ(decodeSnapshot(octets, "f").failure().reason, Reason::stateCorrupt) << toHex(octets);
}

TEST(Snapshot, AHugeFileIsNotParsed) {
    EXPECT_EQ(decodeSnapshot(Bytes(kMaxSnapshot + 1), "f").failure().reason, Reason::stateCorrupt);
}

} // namespace
} // namespace ocfsecd::store
