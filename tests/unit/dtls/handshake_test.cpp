#include "world.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::dtls;
using namespace ocfsecd::dtls::test;
using Kind = ListenerEvent::Kind;

TEST(Handshake, Works) {
    World world;
    auto& client = world.connect(address(1000), pskClient());
    EXPECT_EQ(client.session->phase(), Phase::established) << client.session->closeReason().failure.what;
    ASSERT_EQ(world.count(Kind::established), 1U);
    world.clientSend(address(1000), "hello");
    ASSERT_EQ(world.count(Kind::message), 1U);
    EXPECT_EQ(textOf(world.of(Kind::message)[0].message), "hello");
    world.serverSend(1, "answer");
    ASSERT_EQ(client.messages.size(), 1U);
    EXPECT_EQ(textOf(client.messages[0]), "answer");
}
