#include "base/address.h"

#include <gtest/gtest.h>

using namespace ocfsecd;

TEST(Address, ReadsWhatItPrints) {
    for (const char* text : {"192.0.2.1:5683", "[2001:db8::1]:5684", "[fe80::1%7]:1", "[::1]:65535"}) {
        const auto address = Address::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->text(), text);
        sockaddr_storage raw{};
        const auto length = address->toSockaddr(raw);
        EXPECT_EQ(Address::from(reinterpret_cast<const sockaddr*>(&raw), length), address);
    }
}

TEST(Address, RefusesBadText) {
    for (const char* bad :
         {"", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "[::1:1", "::1:1x", "[::1%nosuchif0]:1", "a:1"})
        EXPECT_FALSE(Address::parse(bad)) << bad;
}

TEST(Address, SeesIPv4InsideIPv6) {
    const auto mapped = Address::parse("[::ffff:192.0.2.1]:9");
    sockaddr_storage raw{};
    const auto length = mapped->toSockaddr(raw);
    EXPECT_EQ(Address::from(reinterpret_cast<const sockaddr*>(&raw), length)->text(), "192.0.2.1:9");
}

TEST(Address, KnowsMulticastLinkLocalAndLoopback) {
    EXPECT_TRUE(Address::parse("224.0.1.187:5683")->isMulticast());
    EXPECT_TRUE(Address::parse("[ff02::158]:5683")->isMulticast());
    EXPECT_TRUE(Address::parse("[fe80::1]:1")->isLinkLocal());
    EXPECT_TRUE(Address::parse("127.0.0.1:1")->isLoopback());
    EXPECT_FALSE(Address::parse("192.0.2.1:1")->isMulticast());
}

TEST(Address, KeysDifferByPortAndScope) {
    const auto a = Address::parse("[fe80::1%7]:1");
    EXPECT_NE(a->key(), a->withPort(2).key());
    EXPECT_NE(a->key(), Address::parse("[fe80::1%8]:1")->key());
}
