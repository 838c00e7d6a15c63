#include "net/interfaces.h"

#include "namespaces.h"
#include "net/interface_watcher.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace ocfsecd::net {
namespace {

Interface lan(const std::string& name) {
    Interface made;
    made.name = name;
    made.up = made.multicast = true;
    return made;
}

Interface wan(const std::string& name) {
    auto made = lan(name);
    made.defaultRoute = true;
    return made;
}

bool chooses(std::vector<std::string> patterns, const Interface& interface) {
    return Selection{std::move(patterns)}.chooses(interface);
}

TEST(Selection, ByDefaultTakesLocalNetworksOnly) {
    EXPECT_TRUE(chooses({}, lan("eth0")));
    EXPECT_FALSE(chooses({}, wan("eth0")));
    auto down = lan("eth0");
    down.up = false;
    EXPECT_FALSE(chooses({}, down));
    auto tunnel = lan("wg0");
    tunnel.pointToPoint = true;
    EXPECT_FALSE(chooses({}, tunnel));
    auto loopback = lan("lo");
    loopback.loopback = true;
    EXPECT_FALSE(chooses({}, loopback));
    auto mute = lan("eth0");
    mute.multicast = false;
    EXPECT_FALSE(chooses({}, mute));
}

TEST(Selection, APatternNeverOpensTheWayToTheInternet) {
    EXPECT_TRUE(chooses({"eth*"}, lan("eth1")));
    EXPECT_FALSE(chooses({"eth*"}, lan("wlan0")));
    EXPECT_FALSE(chooses({"eth*"}, wan("eth0")));
    EXPECT_FALSE(chooses({"*"}, wan("eth0")));
    EXPECT_FALSE(chooses({"eth[0]"}, wan("eth0")));
    EXPECT_FALSE(chooses({"eth?"}, wan("eth0")));
}

TEST(Selection, ANameInFullChoosesWhatItSays) {
    EXPECT_TRUE(chooses({"eth0"}, wan("eth0")));
    EXPECT_FALSE(chooses({"eth0"}, wan("eth01")));
    auto loopback = lan("lo");
    loopback.loopback = true;
    loopback.multicast = false;
    EXPECT_TRUE(chooses({"lo"}, loopback));
    auto down = lan("eth0");
    down.up = false;
    EXPECT_FALSE(chooses({"eth0"}, down));
}

TEST(Selection, AnExclamationMarkLeavesOut) {
    EXPECT_FALSE(chooses({"eth*", "!eth1"}, lan("eth1")));
    EXPECT_TRUE(chooses({"eth*", "!eth1"}, lan("eth2")));
    EXPECT_TRUE(chooses({"!docker*"}, lan("eth0"))) << "only exclusions: the default without them";
    EXPECT_FALSE(chooses({"!docker*"}, lan("docker0")));
    EXPECT_FALSE(chooses({"!docker*"}, wan("eth0")));
}

TEST(Selection, ExplainsWhyNoneIsServed) {
    const auto text = Selection{}.explainNone({wan("eth0")});
    EXPECT_NE(text.find("eth0 carries a default route"), std::string::npos) << text;
    EXPECT_NE(text.find("Interfaces="), std::string::npos) << text;
    EXPECT_EQ(Selection{}.explainNone({wan("eth0"), lan("eth1")}), "");
    EXPECT_NE(Selection{}.explainNone({}), "");
}

class InterfacesTest : public testing::Test {
protected:
    void SetUp() override {
        if (!networks_.problem().empty())
            GTEST_SKIP() << "needs network namespaces: " << networks_.problem();
        networks_.goLeft();
    }

    static Interface find(const char* name) {
        const auto all = listInterfaces();
        EXPECT_TRUE(all);
        const auto found = std::find_if(all->begin(), all->end(), [&](const Interface& i) { return i.name == name; });
        return found == all->end() ? Interface{} : *found;
    }

    test::TwoNetworks networks_;
};

TEST_F(InterfacesTest, AreListedWithFlagsAndAddresses) {
    const auto left = find("left0");
    EXPECT_TRUE(left.up && left.multicast);
    EXPECT_FALSE(left.loopback || left.pointToPoint || left.defaultRoute);
    ASSERT_EQ(left.addresses.size(), 2u);
    EXPECT_EQ(left.addresses[0], (InterfaceAddress{Address::v4({192, 0, 2, 1}, 0), 24}));
    EXPECT_EQ(left.addresses[1].address.host(), "fe80::1");
    EXPECT_EQ(left.addresses[1].address.scope(), left.index);
    EXPECT_EQ(left.addresses[1].prefixLength, 64u);
    EXPECT_TRUE(find("lo").loopback);
}

TEST_F(InterfacesTest, ADefaultRouteIsSeenInEitherFamilyAndEveryForm) {
    for (const char* route :
         {"route add default via 192.0.2.2", "route add default via 192.0.2.2 table 100",
          "route add 0.0.0.0/1 via 192.0.2.2", "-6 route add default via fe80::2 dev left0",
          "-6 route add 2000::/3 via fe80::2 dev left0",
          "route add default nexthop via 192.0.2.2 dev left0 weight 1 nexthop via 192.0.2.3 dev left0 "
          "weight 2"}) {
        ASSERT_EQ(test::ip(route), "");
        EXPECT_TRUE(find("left0").defaultRoute) << route;
        std::string removal = route;
        removal.replace(removal.find("add"), 3, "del");
        ASSERT_EQ(test::ip(removal), "");
        EXPECT_FALSE(find("left0").defaultRoute) << route;
    }
    ASSERT_EQ(test::ip("-6 route add unreachable default"), "");
    ASSERT_EQ(test::ip("route add 198.51.100.0/24 via 192.0.2.2"), "");
    EXPECT_FALSE(find("left0").defaultRoute);
}

TEST_F(InterfacesTest, AChangeWakesTheWatcherOncePerBurst) {
    systemd::Loop loop;
    int changes = 0;
    InterfaceWatcher watcher{loop, [&] {
                                 ++changes;
                                 loop.quit();
                             }};
    ASSERT_EQ(test::ip("address add 192.0.2.9/24 dev left0"), "");
    ASSERT_EQ(test::ip("address add 192.0.2.10/24 dev left0"), "");
    ASSERT_EQ(test::ip("route add default via 192.0.2.2"), "");
    loop.run();
    EXPECT_EQ(changes, 1);
    EXPECT_TRUE(find("left0").defaultRoute);
}

} // namespace
} // namespace ocfsecd::net
