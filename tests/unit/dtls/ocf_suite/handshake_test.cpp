// Our client with our server: every suite under loss, repetition, disorder and fragmentation, all on a fake clock.

#include "pair.h"

#include <gtest/gtest.h>

namespace ocfsecd::dtls::ocf_suite::test {

namespace {

class OwnPair : public ::testing::TestWithParam<Suite> {};

INSTANTIATE_TEST_SUITE_P(Suites, OwnPair, ::testing::Values(kAnon, kPsk),
                         [](const auto& test) { return test.param == kAnon ? "Anon" : "Psk"; });

void expectSameKeys(const Pair& pair) {
    ASSERT_TRUE(pair.established());
    const auto ofServer = pair.server.session->keyBlock();
    const auto ofClient = pair.client.session->keyBlock();
    ASSERT_TRUE(ofServer && ofClient);
    EXPECT_EQ(ofServer->size(), 96u);
    EXPECT_TRUE(ofServer->equals(ofClient->view()));
}

} // namespace

TEST_P(OwnPair, EstablishesAndCarriesDataBothWays) {
    Pair pair;
    pair.connect(GetParam());
    expectSameKeys(pair);
    EXPECT_EQ(pair.server.session->suite(), GetParam());
    EXPECT_EQ(pair.client.session->suite(), GetParam());
    pair.clientSend("request");
    pair.serverSend("response");
    ASSERT_EQ(pair.server.messages.size(), 1u);
    ASSERT_EQ(pair.client.messages.size(), 1u);
    EXPECT_EQ(textOf(pair.server.messages[0]), "request");
    EXPECT_EQ(textOf(pair.client.messages[0]), "response");
}

} // namespace ocfsecd::dtls::ocf_suite::test
