#include "ocf/endpoints.h"

#include <gtest/gtest.h>

namespace ocfsecd::ocf {

namespace {

using Urls = std::vector<std::string>;

Address at(std::string_view text) {
    return Address::parse(text).value();
}

/// Two interfaces: 2 with IPv4 and both kinds of IPv6, 3 with IPv4 alone.
Endpoints twoInterfaces(Ports ports = {5683, 5684, 5693, 5694}) {
    Endpoints out;
    out.set({{2, at("192.0.2.10:0"), 24},
             {2, at("[fe80::10%2]:0"), 64},
             {2, at("[2001:db8::10]:0"), 64},
             {3, at("198.51.100.10:0"), 25}},
            ports);
    return out;
}

} // namespace

TEST(Endpoints, OfAUnicastRequestAreWhereItCame) {
    const auto endpoints = twoInterfaces();
    const Arrival arrival{false, at("198.51.100.10:5683"), 3};
    EXPECT_EQ(endpoints.reachableBy(at("198.51.100.1:40000"), arrival, true),
              (Urls{"coap://198.51.100.10:5683", "coaps://198.51.100.10:5684"}));
    EXPECT_EQ(endpoints.reachableBy(at("198.51.100.1:40000"), arrival, false), (Urls{"coaps://198.51.100.10:5684"}));
}

TEST(Endpoints, OfAMulticastRequestAreThoseOfItsInterfaceAndFamily) {
    const auto endpoints = twoInterfaces();
    const Arrival four{true, at("224.0.1.187:5683"), 2};
    EXPECT_EQ(endpoints.reachableBy(at("192.0.2.1:40000"), four, true),
              (Urls{"coap://192.0.2.10:5683", "coaps://192.0.2.10:5684"}));
    const Arrival other{true, at("224.0.1.187:5683"), 3};
    EXPECT_EQ(endpoints.reachableBy(at("198.51.100.1:40000"), other, false), (Urls{"coaps://198.51.100.10:5684"}));
}

TEST(Endpoints, ForALinkLocalPeerAreLinkLocal) {
    const auto endpoints = twoInterfaces();
    const Arrival six{true, at("[ff02::158%2]:5683"), 2};
    EXPECT_EQ(endpoints.reachableBy(at("[fe80::1%2]:40000"), six, true),
              (Urls{"coap://[fe80::10]:5693", "coaps://[fe80::10]:5694"}));
    EXPECT_EQ(endpoints.reachableBy(at("[2001:db8::1]:40000"), six, false), (Urls{"coaps://[2001:db8::10]:5694"}));
}

TEST(Endpoints, WithoutASocketAreNotNamed) {
    const auto endpoints = twoInterfaces({5683, 0, 0, 5694});
    const Arrival arrival{false, at("192.0.2.10:5683"), 2};
    EXPECT_EQ(endpoints.reachableBy(at("192.0.2.1:40000"), arrival, true), (Urls{"coap://192.0.2.10:5683"}));
    EXPECT_EQ(endpoints.all(), (Urls{"coap://192.0.2.10:5683", "coaps://[fe80::10]:5694", "coaps://[2001:db8::10]:5694",
                                     "coap://198.51.100.10:5683"}));
}

TEST(Endpoints, TellNeighboursFromOthersByPrefix) {
    const auto endpoints = twoInterfaces();
    for (const auto* near : {"192.0.2.1:1", "192.0.2.255:1", "198.51.100.127:1", "[2001:db8::ffff]:1", "[fe80::1%3]:1",
                             "127.0.0.1:1", "[::1]:1"})
        EXPECT_TRUE(endpoints.onLink(at(near))) << near;
    for (const auto* far : {"192.0.3.1:1", "198.51.100.128:1", "203.0.113.1:1", "[2001:db8:0:1::1]:1"})
        EXPECT_FALSE(endpoints.onLink(at(far))) << far;
    EXPECT_FALSE(Endpoints{}.onLink(at("192.0.2.1:1")));
}

} // namespace ocfsecd::ocf
