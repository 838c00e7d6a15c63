#include "sockets.h"

#include <gtest/gtest.h>

using namespace ocfsecd;

namespace {

net::Received sentTo(std::uint32_t local) {
    net::Received received;
    received.local = Address::v4({127, static_cast<std::uint8_t>(local >> 16), static_cast<std::uint8_t>(local >> 8),
                                  static_cast<std::uint8_t>(local)},
                                 5683);
    received.interface = 1;
    return received;
}

std::unique_ptr<DeviceSockets> openSockets(systemd::Loop& loop) {
    const auto nothing = [](const net::Received&) {};
    auto sockets = DeviceSockets::open(loop, 0, 0, {nothing, nothing, [] {}});
    return sockets ? *std::move(sockets) : nullptr;
}

} // namespace

TEST(DeviceSockets, GiveEachLocalAddressANumberOfItsOwn) {
    systemd::Loop loop;
    const auto sockets = openSockets(loop);
    ASSERT_TRUE(sockets);
    const auto a = sockets->wayBack(sentTo(1));
    const auto b = sockets->wayBack(sentTo(2));
    EXPECT_NE(a, b);
    EXPECT_EQ(sockets->wayBack(sentTo(1)), a);
    EXPECT_EQ(sockets->wayBack(sentTo(2)), b);
}

// Every user of the machine may send to all of 127.0.0.0/8.
TEST(DeviceSockets, RememberABoundedNumberOfLocalAddresses) {
    systemd::Loop loop;
    const auto sockets = openSockets(loop);
    ASSERT_TRUE(sockets);
    for (std::uint32_t local = 1; local <= 3000; ++local)
        EXPECT_LT(sockets->wayBack(sentTo(local)), 256U) << local;
}
