#include "tools/obt/endpoint.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

const Address kFrom = *Address::parse("10.9.0.1:49590");

cbor::Value links(cbor::Map link) {
    return cbor::Array{cbor::Value{std::move(link)}};
}
cbor::Map doxmLink() {
    return {{"href", "/oic/sec/doxm"}, {"rt", cbor::Array{"oic.r.doxm"}}};
}

} // namespace

// The answer a reference device gave to GET /oic/res?rt=oic.r.doxm, octet by octet.
TEST(DoxmLink, ReadsARecordedAnswer) {
    const auto octets = fromHex("9fbf66616e63686f72782a6f63663a2f2f39383933393630612d346563662d343531322d373235382d3738"
                                "303638356565333730306468726566"
                                "6d2f6f69632f7365632f646f786d6272749f6a6f69632e722e646f786dff6269669f696f69632e69662e72"
                                "776f6f69632e69662e626173656c69"
                                "6e65ff6170bf62626d01ff636570739fbf62657075636f61703a2f2f31302e392e302e313a343935393063"
                                "6c617418f0ffbf62657076636f6170"
                                "733a2f2f31302e392e302e313a3534343035636c617418f0ffffffff");
    const auto body = cbor::decode(*octets);
    ASSERT_TRUE(body);
    const auto link = parseDoxmLink(*body, kFrom);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->device->text(), "9893960a-4ecf-4512-7258-780685ee3700");
    ASSERT_EQ(link->endpoints.size(), 2U);
    EXPECT_EQ(link->endpoints[0].text(), "coap://10.9.0.1:49590");
    EXPECT_EQ(link->endpoints[1].text(), "coaps://10.9.0.1:54405");
}

TEST(DoxmLink, ReadsTheOlderFormWithSecAndPort) {
    auto link = doxmLink();
    link.emplace_back("p", cbor::Map{{"bm", 1}, {"sec", true}, {"port", 54405}});
    const cbor::Value answer =
        cbor::Array{cbor::Value{cbor::Map{{"di", "9893960a-4ecf-4512-7258-780685ee3700"}, {"links", links(link)}}}};
    const auto read = parseDoxmLink(answer, kFrom);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->device->text(), "9893960a-4ecf-4512-7258-780685ee3700");
    ASSERT_EQ(read->endpoints.size(), 2U);
    EXPECT_EQ(read->endpoints[0].text(), "coap://10.9.0.1:49590");
    EXPECT_EQ(read->endpoints[1].text(), "coaps://10.9.0.1:54405");
}

TEST(DoxmLink, OlderFormWithoutSecHasNoSecureEndpoint) {
    auto link = doxmLink();
    link.emplace_back("p", cbor::Map{{"bm", 1}, {"sec", false}, {"port", 54405}});
    const auto read = parseDoxmLink(links(link), kFrom);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->endpoints.size(), 1U);
    EXPECT_EQ(read->device, std::nullopt);
}

TEST(DoxmLink, LinkLocalEndpointsGetTheInterfaceTheAnswerCameBy) {
    auto link = doxmLink();
    link.emplace_back("eps", cbor::Array{cbor::Value{cbor::Map{{"ep", "coaps://[fe80::1]:5684"}}}});
    const auto read = parseDoxmLink(links(link), *Address::parse("[fe80::1%7]:5683"));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->endpoints.at(0).address.scope(), 7U);
}

TEST(DoxmLink, UnusableEndpointsAreLeftOut) {
    auto link = doxmLink();
    cbor::Array eps;
    for (const auto* ep :
         {"coap+tcp://10.9.0.1:1", "coaps://224.0.1.187:5684", "coap://nowhere:1", "", "coaps://10.9.0.1:0"})
        eps.emplace_back(cbor::Map{{"ep", ep}});
    eps.emplace_back(17);
    link.emplace_back("eps", std::move(eps));
    EXPECT_TRUE(parseDoxmLink(links(link), kFrom)->endpoints.empty());
}

TEST(DoxmLink, EndlessEndpointListsAreCut) {
    auto link = doxmLink();
    cbor::Array eps;
    for (int port = 1; port <= 1000; ++port)
        eps.emplace_back(cbor::Map{{"ep", "coap://10.9.0.1:" + std::to_string(port)}});
    link.emplace_back("eps", std::move(eps));
    EXPECT_EQ(parseDoxmLink(links(link), kFrom)->endpoints.size(), 16U);
}

TEST(DoxmLink, WhatIsNoLinkListOrHasNoDoxmIsAFailure) {
    EXPECT_EQ(parseDoxmLink(cbor::Value{1}, kFrom).failure().reason, Reason::malformed);
    EXPECT_EQ(parseDoxmLink(cbor::Array{}, kFrom).failure().reason, Reason::notFound);
    EXPECT_EQ(
        parseDoxmLink(links({{"href", "/light"}, {"rt", cbor::Array{"oic.r.switch.binary"}}}), kFrom).failure().reason,
        Reason::notFound);
}

TEST(Endpoint, ChoosesTheFamilyAndHostTheDeviceAnsweredBy) {
    const std::vector<Endpoint> all{*parseEndpoint("coaps://[2001:db8::1]:1"), *parseEndpoint("coaps://10.9.0.7:2"),
                                    *parseEndpoint("coaps://10.9.0.1:3"), *parseEndpoint("coap://10.9.0.1:4")};
    EXPECT_EQ(chooseEndpoint(all, true, kFrom)->address.port(), 3);
    EXPECT_EQ(chooseEndpoint(all, false, kFrom)->address.port(), 4);
    EXPECT_EQ(chooseEndpoint(all, true, *Address::parse("192.0.2.9:1"))->address.port(), 2);
    EXPECT_EQ(chooseEndpoint(all, true, *Address::parse("[2001:db8::9]:1"))->address.port(), 1);
    EXPECT_EQ(chooseEndpoint({all[3]}, true, kFrom), std::nullopt);
}

} // namespace ocfsecd::obt
