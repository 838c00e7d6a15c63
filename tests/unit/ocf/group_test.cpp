// Requests of a group, protected with OSCORE and sent by multicast (credential type 256).

#include "support/group.h"
#include "support/scene.h"
#include "svr/persist.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd::test {

namespace {

const Bytes kOtherId{0x67, 2, 3, 4, 5, 6, 7}, kThirdId{0x68, 2, 3, 4, 5, 6, 7};
const std::string kName = svr::Capabilities{}.name; ///< of a device that nobody has named

struct Group : testing::Test, Scene {
    Group() : Scene{planned()} {}
    static Plan planned() {
        auto plan = Plan::separateServices();
        plan.aces = {ace(toUuid(kPairwise), {href(kCon)}, 4)};
        return plan;
    }
    /// In normal operation; the group sends as kPairwise, which may rename the device.
    void SetUp() override {
        own(kRfpro);
        provision({groupCredential(kPairwise)});
    }
    /// Leaves the device in RFNOP.
    void provision(cbor::Array creds) {
        if (device.dos() == kRfnop) {
            EXPECT_EQ(owner()->setState(2).code, "2.04");
        }
        const auto reply = as(kCms)->post(kCred, cbor::Map{{"creds", std::move(creds)}});
        EXPECT_EQ(reply.code, "2.04");
        EXPECT_EQ(owner()->setState(3).code, "2.04");
        network.settle();
        other.heard.clear();
    }
    void remove() {
        EXPECT_EQ(owner()->setState(2).code, "2.04");
        for (const auto& one : device.state().cred.creds)
            if (one.type == svr::credtype::oscoreMulticastServer) {
                EXPECT_EQ(as(kCms)->del(kCred, {fmt::format("credid={}", svr::numberOf(one.id))}).code, "2.02");
                break;
            }
    }
    /// The device's name after that request; nobody is ever told anything.
    std::string named(std::string name, GroupSender& by, const Address& to = kGroup4) {
        by.post(kCon, cbor::Map{{"n", std::move(name)}}, to);
        return after();
    }
    std::string after() {
        network.settle();
        network.advance(3s);
        EXPECT_TRUE(other.heard.empty()) << "an answer";
        return device.name();
    }
    std::uint64_t stored() {
        const auto state = svr::decodeState(*device.vault().snapshot());
        for (const auto& one : state->cred.creds)
            if (one.type == svr::credtype::oscoreMulticastServer)
                return one.oscore->seen;
        return 0;
    }
    std::string named(std::string name) { return named(std::move(name), sender); }

    GroupSender sender{other};
};

TEST_F(Group, ItsUpdateIsCarriedOutAndNotAnswered) {
    EXPECT_EQ(named("porch"), "porch");
    EXPECT_EQ(named("hall", sender, kGroup6), "hall");
    device.restart();
    EXPECT_EQ(device.name(), "hall") << "it is durable";
}

TEST_F(Group, IsItsCredentialsSubjectAndNobodyElse) {
    provision({groupCredential(kCms, kOtherId)});
    GroupSender others{other, kOtherId};
    EXPECT_EQ(named("porch", others), kName) << "no ACE is for it";
    EXPECT_EQ(device.count(ocf::Event::Kind::accessDenied), 1U);
    EXPECT_TRUE(std::ranges::any_of(device.events, [](const auto& event) {
        return event.kind == ocf::Event::Kind::accessDenied && event.field("PEER_UUID") == kCms.text();
    }));
    EXPECT_EQ(named("porch"), "porch");
}

TEST_F(Group, ChangesNothingThatConfiguresTheDevice) {
    provision({groupCredential(kCms, kOtherId), groupCredential(kOwner, kThirdId)});
    const auto before = device.state();
    GroupSender manager{other, kOtherId};
    GroupSender owners{other, kThirdId};
    const auto denied = device.count(ocf::Event::Kind::accessDenied);
    manager.post(kCred, cbor::Map{{"creds", cbor::Array{psk(kAms, keyOf(kCms))}}});
    owners.post(kPstat, cbor::Map{{"dos", cbor::Map{{"s", 2}}}});
    owners.post(kPstat, cbor::Map{{"dos", cbor::Map{{"s", 0}}}});
    owners.post(kDoxm, cbor::Map{{"rowneruuid", kAms.text()}});
    owners.post(kDev, cbor::Map{{"n", "mine"}});
    after();
    EXPECT_EQ(device.count(ocf::Event::Kind::accessDenied), denied + 5);
    auto now = device.state();
    now.lastKnownGood = before.lastKnownGood;
    for (auto& one : now.cred.creds)
        if (one.oscore)
            one.oscore->seen = svr::findCredential(before, one.id)->oscore->seen;
    EXPECT_EQ(now, before) << "but for the numbers that were heard";
}

TEST_F(Group, OnlyUpdatesAreTaken) {
    const auto commits = device.vault().counts().commits;
    for (const auto code : {coap::code::get, coap::code::put, coap::code::del})
        sender.send(sender.compose(code, kCon, cbor::Map{{"n", "porch"}}));
    auto confirmable = sender.compose(coap::code::post, kCon, cbor::Map{{"n", "porch"}});
    confirmable.type = coap::Type::confirmable;
    sender.send(confirmable);
    auto inBlocks = sender.compose(coap::code::post, kCon, cbor::Map{{"n", "porch"}});
    inBlocks.addNumber(coap::option::block1, 0);
    std::ranges::stable_sort(inBlocks.options, {}, &coap::Option::number);
    EXPECT_EQ(after(), kName);
    EXPECT_EQ(device.vault().counts().commits, commits);
    sender.send(inBlocks);
    EXPECT_EQ(after(), kName);
}

TEST_F(Group, ItsKeyProtectsNoUnicastRequest) {
    for (const auto type : {coap::Type::nonConfirmable, coap::Type::confirmable}) {
        auto inner = sender.compose(coap::code::post, kCon, cbor::Map{{"n", "porch"}});
        inner.type = type;
        sender.send(inner, device.clear());
        EXPECT_EQ(after(), kName);
    }
    EXPECT_EQ(device.count(ocf::Event::Kind::unexpectedTraffic), 2U) << "it is recorded";
}

TEST_F(Group, AStrangersRequestIsNothing) {
    const auto commits = device.vault().counts().commits;
    GroupSender unknown{other, kOtherId}, forger{other, kGroupId, Bytes(16, 1)};
    EXPECT_EQ(named("porch", unknown), kName);
    EXPECT_EQ(named("porch", forger), kName);
    auto plain = sender.compose(coap::code::post, kCon, cbor::Map{{"n", "porch"}});
    other.sendRaw(kGroup4, coap::encode(plain), GroupSender::kPort);
    EXPECT_EQ(after(), kName);
    auto odd = message(coap::code::post, "", Bytes(20, 1));
    odd.type = coap::Type::nonConfirmable;
    odd.add(coap::option::oscore, Bytes{0x80});
    other.sendRaw(kGroup4, coap::encode(odd), GroupSender::kPort);
    EXPECT_EQ(after(), kName);
    EXPECT_EQ(device.vault().counts().commits, commits);
    EXPECT_EQ(named("porch"), "porch") << "and its numbers are as they were";
}

TEST_F(Group, ARequestCountsOnce) {
    ASSERT_EQ(named("porch"), "porch");
    const auto first = sender.sent;
    ASSERT_EQ(named("hall"), "hall");
    sender.sendAgain();
    sender.sendAgain(kGroup6);
    other.sendRaw(kGroup4, first, GroupSender::kPort);
    EXPECT_EQ(after(), "hall");
    // Overtaken on its way is not received before.
    sender.sequence += 2;
    ASSERT_EQ(named("attic"), "attic");
    sender.sequence -= 2;
    EXPECT_EQ(named("cellar"), "cellar");
}

TEST_F(Group, AfterACrashWhatIsOldIsNotCarriedOut) {
    std::vector<Bytes> recorded;
    for (const auto* name : {"porch", "hall", "attic"}) {
        ASSERT_EQ(named(name), name);
        recorded.push_back(sender.sent);
    }
    EXPECT_EQ(stored(), sender.sequence) << "one that is sent now and then is recorded exactly";
    device.restart();
    for (const auto& old : recorded)
        other.sendRaw(kGroup4, old, GroupSender::kPort);
    EXPECT_EQ(after(), "attic");
    EXPECT_EQ(named("cellar"), "cellar") << "and none is lost";
}

TEST_F(Group, ARestartCostsNoMoreThanWasSentInABurst) {
    for (const auto* name : {"porch", "hall"})
        sender.post(kCon, cbor::Map{{"n", name}});
    EXPECT_EQ(after(), "hall");
    EXPECT_LE(stored(), sender.sequence + 1);
    device.restart();
    sender.sequence = stored();
    EXPECT_EQ(named("cellar"), "cellar");
}

TEST_F(Group, NothingHappensBeforeItIsOnRecord) {
    device.vault().holding = true;
    sender.post(kCon, cbor::Map{{"n", "porch"}});
    network.settle();
    EXPECT_EQ(device.held(), 1U);
    EXPECT_EQ(device.name(), kName);
    device.restart();
    device.vault().holding = false;
    sender.sendAgain();
    EXPECT_EQ(after(), "porch") << "nothing was done, so it is as new as before";
}

TEST_F(Group, AFloodOfItIsNoFloodOfWrites) {
    const auto before = device.vault().counts();
    for (int i = 0; i < 500; ++i) {
        sender.post(kCred, cbor::Map{});
        network.settle();
    }
    EXPECT_LE(device.vault().counts().commits - before.commits, 10U);
    EXPECT_EQ(device.vault().counts().transitions, before.transitions);
    EXPECT_GE(stored(), sender.sequence);
}

TEST_F(Group, ASecretThatComesAgainBringsNoOldRequestBack) {
    ASSERT_EQ(named("porch"), "porch");
    const auto recorded = sender.sent;
    ASSERT_EQ(named("hall"), "hall");
    const std::pair<const char*, std::function<void()>> ways[] = {
        {"replaced", [] {}},
        {"deleted", [this] { remove(); }},
        {"deleted, and the device was restarted",
         [this] {
             remove();
             device.restart();
         }},
        {"another key came between", [this] { provision({groupCredential(kPairwise, kGroupId, Bytes(16, 1))}); }},
    };
    for (const auto& [way, end] : ways) {
        end();
        provision({groupCredential(kPairwise)});
        other.sendRaw(kGroup4, recorded, GroupSender::kPort);
        EXPECT_EQ(after(), "hall") << way;
    }
    EXPECT_EQ(named("porch"), "porch") << "the sender goes on";
    provision({groupCredential(kPairwise, kOtherId)});
    GroupSender fresh{other, kOtherId};
    EXPECT_EQ(named("hall", fresh), "hall") << "another identifier begins anew";
}

TEST_F(Group, EndsWithItsCredential) {
    ASSERT_EQ(named("porch"), "porch");
    remove();
    EXPECT_EQ(owner()->setState(3).code, "2.04");
    other.heard.clear();
    EXPECT_EQ(named("hall"), "porch");
}

TEST_F(Group, ASendersCredentialOpensNothing) {
    auto client = groupCredential(kPairwise, kOtherId);
    client[0].second = 128;
    client.back().second = cbor::Map{{"senderid", toHex(kOtherId)}};
    provision({client});
    GroupSender fresh{other, kOtherId};
    EXPECT_EQ(named("porch", fresh), kName);
}

} // namespace

} // namespace ocfsecd::test
