#include "net/udp_socket.h"

#include "namespaces.h"

#include <gtest/gtest.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

namespace ocfsecd::net {
namespace {

const auto kLoopback4 = *Address::parse("127.0.0.1:0");
const auto kLoopback6 = *Address::parse("[::1]:0");

struct Kept {
    Address peer;
    Address local;
    unsigned interface = 0;
    bool multicast = false;
    std::string text;
};

/// Waits for the first datagram; nothing after five seconds.
std::optional<Kept> receiveOne(UdpSocket& socket) {
    std::optional<Kept> got;
    pollfd wait{socket.fd(), POLLIN, 0};
    while (!got && ::poll(&wait, 1, 5000) > 0)
        socket.receive([&](const Received& r) {
            got = Kept{r.peer, r.local, r.interface, r.multicast, std::string{textOf(r.octets)}};
        });
    return got;
}

class UdpSocketTest : public testing::Test {
protected:
    void SetUp() override {
        if (const auto problem = test::enterFreshNetwork(); !problem.empty())
            GTEST_SKIP() << "needs network namespaces: " << problem;
    }
};

TEST_F(UdpSocketTest, SaysWhomTheDatagramWasFor) {
    for (const auto& loopback : {kLoopback4, kLoopback6}) {
        const bool v4 = loopback.family() == Address::Family::v4;
        auto server = UdpSocket::bind(v4 ? Address::v4({}, 0) : Address::v6({}, 0));
        auto client = UdpSocket::bind(loopback);
        ASSERT_TRUE(server && client);
        ASSERT_TRUE(client->send(loopback.withPort(server->local().port()), viewOf("hello")));
        const auto got = receiveOne(*server);
        ASSERT_TRUE(got);
        EXPECT_EQ(got->text, "hello");
        EXPECT_EQ(got->peer, client->local());
        EXPECT_EQ(got->local, loopback.withPort(server->local().port()));
        EXPECT_EQ(got->interface, ::if_nametoindex("lo"));
        EXPECT_FALSE(got->multicast);
    }
}

TEST_F(UdpSocketTest, AnswersFromTheAddressThatWasAsked) {
    ASSERT_EQ(test::ip("address add 127.0.0.77/8 dev lo"), "");
    auto server = UdpSocket::bind(Address::v4({}, 0));
    auto client = UdpSocket::bind(kLoopback4);
    ASSERT_TRUE(server && client);
    const auto asked = Address::v4({127, 0, 0, 77}, server->local().port());
    ASSERT_TRUE(client->send(asked, viewOf("?")));
    const auto got = receiveOne(*server);
    ASSERT_TRUE(got);
    ASSERT_TRUE(server->send(got->peer, viewOf("!"), From{got->local, got->interface}));
    const auto answer = receiveOne(*client);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->peer, asked);
}

TEST_F(UdpSocketTest, TakesTheLongestDatagramAndDropsLongerOnes) {
    auto server = UdpSocket::bind(kLoopback6);
    auto client = UdpSocket::bind(kLoopback6);
    ASSERT_TRUE(server && client);
    ASSERT_TRUE(client->send(server->local(), viewOf(std::string(kMaxDatagram + 1, 'x'))));
    ASSERT_TRUE(client->send(server->local(), viewOf(std::string(kMaxDatagram, 'y'))));
    const auto got = receiveOne(*server);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->text, std::string(kMaxDatagram, 'y'));
    EXPECT_EQ(server->dropped(), 1u);
}

TEST_F(UdpSocketTest, TakesAnEmptyDatagramAndManyAtOnce) {
    auto server = UdpSocket::bind(kLoopback4);
    auto client = UdpSocket::bind(kLoopback4);
    ASSERT_TRUE(server && client);
    for (int i = 0; i < 40; ++i)
        ASSERT_TRUE(client->send(server->local(), viewOf(std::string(static_cast<std::size_t>(i), '.'))));
    std::size_t next = 0;
    while (server->receive([&](const Received& r) { EXPECT_EQ(r.octets.size(), next++); }) > 0)
        ;
    EXPECT_EQ(next, 40u);
}

TEST_F(UdpSocketTest, IsAloneOnItsPort) {
    auto first = UdpSocket::bind(Address::v6({}, 5683));
    ASSERT_TRUE(first);
    const auto second = UdpSocket::bind(Address::v6({}, 5683));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.failure().reason, Reason::inputOutput);
    EXPECT_NE(second.failure().what.find("[::]:5683"), std::string::npos);
    EXPECT_NE(second.failure().next.find("5683"), std::string::npos);
    EXPECT_FALSE(UdpSocket::bindMulticast(Address::Family::v6, 5683)) << "would take its unicast (L9.4)";
}

TEST_F(UdpSocketTest, SharesThePortBetweenFamiliesAndBetweenGroupSockets) {
    EXPECT_TRUE(UdpSocket::bind(Address::v6({}, 5683)));
    auto v6 = UdpSocket::bind(Address::v6({}, 5684));
    auto v4 = UdpSocket::bind(Address::v4({}, 5684));
    EXPECT_TRUE(v6 && v4) << "one socket per family";
    auto ours = UdpSocket::bindMulticast(Address::Family::v4, 5683);
    auto theirs = UdpSocket::bindMulticast(Address::Family::v4, 5683);
    EXPECT_TRUE(ours && theirs) << "another OCF stack on this machine";
}

TEST_F(UdpSocketTest, AGroupSocketDropsUnicast) {
    auto groups = UdpSocket::bindMulticast(Address::Family::v4, 5683);
    auto client = UdpSocket::bind(kLoopback4);
    ASSERT_TRUE(groups && client);
    ASSERT_TRUE(client->send(*Address::parse("127.0.0.1:5683"), viewOf("unicast")));
    EXPECT_EQ(groups->receive([](const Received&) { ADD_FAILURE() << "taken"; }), 1u);
    EXPECT_EQ(groups->dropped(), 1u);
}

TEST_F(UdpSocketTest, ABroadcastIsNotTaken) {
    auto server = UdpSocket::bind(Address::v4({}, 5683));
    ASSERT_TRUE(server);
    const systemd::Fd client{::socket(AF_INET, SOCK_DGRAM, 0)};
    const int yes = 1;
    ASSERT_EQ(::setsockopt(client.get(), SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes), 0);
    sockaddr_storage to{};
    const auto length = Address::v4({127, 255, 255, 255}, 5683).toSockaddr(to);
    ASSERT_EQ(::sendto(client.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), length), 1);
    EXPECT_EQ(server->receive([](const Received&) { ADD_FAILURE() << "taken"; }), 1u);
    EXPECT_EQ(server->dropped(), 1u);
}

TEST_F(UdpSocketTest, AdoptsASocketOfOneFamily) {
    systemd::Fd fd{::socket(AF_INET, SOCK_DGRAM, 0)};
    sockaddr_storage at{};
    const auto length = Address::v4({127, 0, 0, 1}, 5684).toSockaddr(at);
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), length), 0);
    auto server = UdpSocket::adopt(std::move(fd));
    ASSERT_TRUE(server) << server.failure().what;
    auto client = UdpSocket::bind(kLoopback4);
    ASSERT_TRUE(client);
    ASSERT_TRUE(client->send(*Address::parse("127.0.0.1:5684"), viewOf("x")));
    const auto got = receiveOne(*server);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->local, *Address::parse("127.0.0.1:5684"));
    EXPECT_EQ(server->receive([](const Received&) {}), 0u) << "does not block";
}

TEST_F(UdpSocketTest, RefusesToAdoptWhatIsNoSocketOfOneFamily) {
    const auto adopt = [](int domain, int type, const char* address) {
        systemd::Fd fd{::socket(domain, type, 0)};
        if (const auto parsed = Address::parse(address)) {
            sockaddr_storage at{};
            const auto length = parsed->toSockaddr(at);
            EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), length), 0);
        }
        return UdpSocket::adopt(std::move(fd));
    };
    for (const auto& refused : {adopt(AF_INET, SOCK_STREAM, "127.0.0.1:5684"), adopt(AF_UNIX, SOCK_DGRAM, ""),
                                adopt(AF_INET6, SOCK_DGRAM, "[::]:5684"), adopt(AF_INET, SOCK_DGRAM, "")}) {
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.failure().reason, Reason::configuration);
        EXPECT_FALSE(refused.failure().next.empty());
    }
}

TEST_F(UdpSocketTest, SaysWhyItCannotSend) {
    auto socket = UdpSocket::bind(Address::v4({}, 0));
    ASSERT_TRUE(socket);
    const auto sent = socket->send(*Address::parse("203.0.113.1:5683"), viewOf("x")); // no route in here
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.failure().reason, Reason::inputOutput);
}

} // namespace
} // namespace ocfsecd::net
