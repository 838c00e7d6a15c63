// Secure multicast: what a group commands arrives by the real groups, from outside, and nobody is answered.

#include "support/group.h"
#include "support/tested_scene.h"

namespace ocfsecd::test::conformance {

namespace {

struct GroupScene : Scene {
    GroupScene() : Scene{planned()} {
        own(kRfpro);
        EXPECT_EQ(as(kCms)->post(kCred, cbor::Map{{"creds", cbor::Array{groupCredential(kPairwise)}}}).code, "2.04");
        EXPECT_EQ(owner()->setState(3).code, "2.04");
        network.settle();
    }
    static Plan planned() {
        auto plan = Plan::separateServices();
        plan.aces = {ace(toUuid(kPairwise), {href(kCon)}, 4)};
        return plan;
    }
    bool isNamed(std::string_view name) {
        return network.until([&] { return device.name() == name; }, 5s);
    }
};

} // namespace

TEST(SecureMulticast, AnUpdateArrivesByEveryGroupAndIsNotAnswered) {
    GroupScene scene;
    SimPeer peer6{scene.network, *Address::parse("[fe80::1%2]:0"), scene.device.clear(Address::Family::v6),
                  scene.device.secure(Address::Family::v6)};
    GroupSender sender{scene.other}, sender6{peer6};
    sender.post(kCon, cbor::Map{{"n", "porch"}});
    EXPECT_TRUE(scene.isNamed("porch"));
    sender6.sequence = sender.sequence;
    sender6.post(kCon, cbor::Map{{"n", "hall"}}, kGroup6);
    EXPECT_TRUE(scene.isNamed("hall"));
    // What is refused is as silent.
    sender.sequence = sender6.sequence;
    sender.post(kDev, cbor::Map{{"n", "attic"}});
    sender.sendAgain();
    sender.post(kCon, cbor::Map{{"n", "attic"}}, scene.device.clear());
    scene.network.settle();
    scene.network.advance(1s);
    EXPECT_EQ(scene.device.name(), "hall");
    EXPECT_TRUE(scene.other.heard.empty());
    EXPECT_TRUE(peer6.heard.empty());
}

TEST(SecureMulticast, ARecordedUpdateIsNotCarriedOutAfterARestart) {
    GroupScene scene;
    GroupSender sender{scene.other};
    sender.post(kCon, cbor::Map{{"n", "porch"}});
    ASSERT_TRUE(scene.isNamed("porch"));
    const auto recorded = sender.sent;
    scene.network.advance(1100ms); // what comes in quick succession is recorded ahead
    sender.post(kCon, cbor::Map{{"n", "hall"}});
    ASSERT_TRUE(scene.isNamed("hall"));
    scene.device.restart();
    scene.other.sendRaw(kGroup4, recorded, GroupSender::kPort);
    scene.network.settle();
    scene.network.advance(1s);
    EXPECT_EQ(scene.device.name(), "hall");
    sender.post(kCon, cbor::Map{{"n", "attic"}});
    EXPECT_TRUE(scene.isNamed("attic")) << "the sender goes on";
}

} // namespace ocfsecd::test::conformance
