#include "net/multicast.h"

#include "namespaces.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <net/if.h>
#include <poll.h>

namespace ocfsecd::net {
namespace {

std::vector<std::string> hosts(std::span<const Address> groups) {
    std::vector<std::string> out;
    for (const auto& group : groups)
        out.push_back(group.host());
    return out;
}

TEST(MulticastGroups, AreThoseOfTheFacts) {
    EXPECT_EQ(hosts(multicastGroups(Address::Family::v4)), std::vector<std::string>{"224.0.1.187"});
    EXPECT_EQ(hosts(multicastGroups(Address::Family::v6)),
              (std::vector<std::string>{"ff02::158", "ff03::158", "ff05::158", "ff02::fd", "ff03::fd", "ff05::fd"}));
}

class MulticastTest : public testing::Test {
protected:
    void SetUp() override {
        if (!networks_.problem().empty())
            GTEST_SKIP() << "needs network namespaces: " << networks_.problem();
    }

    static Interface named(const char* name) {
        Interface interface;
        interface.index = ::if_nametoindex(name);
        interface.name = name;
        return interface;
    }

    test::TwoNetworks networks_;
};

bool readable(const UdpSocket& socket, int patience) {
    pollfd wait{socket.fd(), POLLIN, 0};
    return ::poll(&wait, 1, patience) > 0;
}

TEST_F(MulticastTest, IsHeardOnEachGroupAndAnsweredFromTheInterfaceItCameBy) {
    for (const auto family : {Address::Family::v4, Address::Family::v6}) {
        const auto any = family == Address::Family::v4 ? Address::v4({}, 0) : Address::v6({}, 0);
        networks_.goLeft();
        auto groups = UdpSocket::bindMulticast(family, kCoapPort);
        auto unicast = UdpSocket::bind(any); // the device's own port
        ASSERT_TRUE(groups && unicast);
        Membership membership{*groups};
        ASSERT_TRUE(membership.update({named("left0")}).empty());
        EXPECT_EQ(membership.joined(), multicastGroups(family).size());

        networks_.goRight();
        auto client = UdpSocket::bind(any);
        ASSERT_TRUE(client);
        const auto right = ::if_nametoindex("right0");
        for (const auto& group : multicastGroups(family)) {
            ASSERT_TRUE(client->send(group, viewOf("who?"), From{{}, right})) << group.text();
            ASSERT_TRUE(readable(*groups, 5000)) << group.text();
            unsigned heard = 0;
            groups->receive([&](const Received& r) {
                ++heard;
                EXPECT_TRUE(r.multicast);
                EXPECT_EQ(r.local.host(), group.host());
                EXPECT_EQ(r.peer.host(), family == Address::Family::v4 ? "192.0.2.2" : "fe80::2");
                EXPECT_TRUE(unicast->send(r.peer, viewOf("me"), answering(r)));
            });
            EXPECT_EQ(heard, 1u);
            ASSERT_TRUE(readable(*client, 5000)) << group.text();
            client->receive([&](const Received& r) {
                EXPECT_EQ(r.peer.host(), family == Address::Family::v4 ? "192.0.2.1" : "fe80::1");
                EXPECT_EQ(r.peer.port(), unicast->local().port());
            });
        }
    }
}

TEST_F(MulticastTest, ASocketHearsNoGroupThatOnlyOthersJoined) {
    networks_.goLeft();
    auto joined = UdpSocket::bindMulticast(Address::Family::v6, kCoapPort);
    auto deaf = UdpSocket::bindMulticast(Address::Family::v6, kCoapPort);
    ASSERT_TRUE(joined && deaf);
    Membership membership{*joined};
    ASSERT_TRUE(membership.update({named("left0")}).empty());
    networks_.goRight();
    auto client = UdpSocket::bind(Address::v6({}, 0));
    ASSERT_TRUE(client);
    ASSERT_TRUE(
        client->send(*Address::parse("[ff02::158]:5683"), viewOf("who?"), From{{}, ::if_nametoindex("right0")}));
    ASSERT_TRUE(readable(*joined, 5000));
    EXPECT_FALSE(readable(*deaf, 0));
}

TEST_F(MulticastTest, JoiningAgainIsSuccessAndLeavingEndsIt) {
    networks_.goLeft();
    auto socket = UdpSocket::bind(Address::v4({}, kCoapPort)); // device 0's own port takes the groups as well
    ASSERT_TRUE(socket);
    Membership first{*socket};
    Membership second{*socket}; // as after a restart with a socket handed over
    ASSERT_TRUE(first.update({named("left0")}).empty());
    ASSERT_TRUE(second.update({named("left0")}).empty());
    ASSERT_TRUE(second.update({}).empty());
    EXPECT_EQ(second.joined(), 0u);
    networks_.goRight();
    auto client = UdpSocket::bind(Address::v4({}, 0));
    ASSERT_TRUE(client);
    ASSERT_TRUE(
        client->send(multicastGroups(Address::Family::v4)[0], viewOf("who?"), From{{}, ::if_nametoindex("right0")}));
    ASSERT_TRUE(client->send(*Address::parse("192.0.2.1:5683"), viewOf("unicast")));
    ASSERT_TRUE(readable(*socket, 5000));
    std::string heard;
    socket->receive([&](const Received& r) { heard += textOf(r.octets); });
    EXPECT_EQ(heard, "unicast");
}

TEST_F(MulticastTest, AnInterfaceThatDoesNotExistIsReportedAndTriedAgain) {
    networks_.goLeft();
    auto socket = UdpSocket::bindMulticast(Address::Family::v6, kCoapPort);
    ASSERT_TRUE(socket);
    Membership membership{*socket};
    Interface none;
    none.index = 4711;
    const auto failures = membership.update({none, named("left0")});
    EXPECT_EQ(failures.size(), multicastGroups(Address::Family::v6).size());
    EXPECT_EQ(membership.joined(), multicastGroups(Address::Family::v6).size());
    ASSERT_FALSE(failures.empty());
    EXPECT_NE(failures.front().what.find("4711"), std::string::npos);
}

} // namespace
} // namespace ocfsecd::net
