// A device's start, its silence, its phases, and what it reports.

#include "support/messages.h"
#include "support/scene.h"
#include "svr/properties.h"

#include <algorithm>

namespace ocfsecd::test {

namespace {

std::vector<ocf::Event::Kind> kindsOf(const std::vector<ocf::Event>& events) {
    std::vector<ocf::Event::Kind> out;
    for (const auto& event : events)
        out.push_back(event.kind);
    return out;
}

} // namespace

TEST(Device, ServesNothingBeforeItsStartAndAfterAFailure) {
    Scene scene;
    scene.own(kRfnop);
    auto& owner = scene.owner();
    scene.device.act([](ocf::Device& device, TimePoint now) {
        device.failed({Reason::stateCorrupt, "the snapshot is damaged", "reset the device"}, now);
    });
    scene.network.settle();
    EXPECT_TRUE(owner.closed()) << "close_notify";
    EXPECT_FALSE(scene.device.device().serving());
    EXPECT_EQ(scene.device.device().failure()->reason, Reason::stateCorrupt);
    const auto heard = scene.other.heard.size();
    EXPECT_EQ(scene.other->get(kDev).code, "-");
    EXPECT_TRUE(scene.other->discover(kGroup4, kRes).empty());
    EXPECT_FALSE(scene.other.connectPsk(kOwner, scene.onboarding.ownerKey()->view()).established());
    EXPECT_EQ(scene.other.heard.size(), heard);
    scene.device.restart(); // what is on disk is whole in truth
    EXPECT_EQ(scene.owner()->get(kPstat).code, "2.05");
}

TEST(Device, RefusesACorruptSnapshotAndDoesNotTouchIt) {
    Scene scene;
    scene.own(kRfnop);
    auto& snapshot = *scene.device.vault().editSnapshot();
    snapshot.resize(snapshot.size() / 2);
    const auto damaged = snapshot;
    scene.device.restart();
    EXPECT_FALSE(scene.device.device().serving());
    EXPECT_EQ(scene.device.device().failure()->reason, Reason::stateCorrupt);
    scene.network.advance(1min);
    EXPECT_EQ(scene.device.vault().snapshot(), damaged);
}

TEST(Device, GoesThroughThePhasesOfAnOnboarding) {
    Scene scene;
    const auto phase = [&] { return scene.device.device().phase(); };
    EXPECT_EQ(phase(), svr::Phase::idle);
    scene.onboarding.steps("c");
    EXPECT_EQ(phase(), svr::Phase::methodSelected);
    scene.onboarding.steps("d");
    EXPECT_EQ(phase(), svr::Phase::connected);
    scene.onboarding.steps("ef");
    EXPECT_EQ(phase(), svr::Phase::identified);
    scene.onboarding.steps("ghij");
    EXPECT_EQ(phase(), svr::Phase::credentialEstablished);
    scene.onboarding.steps("l");
    EXPECT_EQ(phase(), svr::Phase::servicesConfigured);
    scene.onboarding.steps("m");
    EXPECT_EQ(phase(), svr::Phase::owned);
}

TEST(Device, ReportsAnOwnershipInItsOrderAndNeverASecret) {
    using Kind = ocf::Event::Kind;
    Scene scene;
    scene.own(kRfnop);
    const std::vector<Kind> expected{Kind::methodSelected, Kind::ownerCredentialEstablished, Kind::stateChanged,
                                     Kind::owned, Kind::stateChanged};
    auto kinds = kindsOf(scene.device.events);
    EXPECT_EQ(std::erase(kinds, Kind::resourceChanged), 11) << "one for each write but the choice of the method";
    EXPECT_EQ(kinds, expected);
    scene.owner()->setState(0);
    scene.waitForRfotm();
    EXPECT_EQ(kindsOf(scene.device.events).back(), Kind::resetDone);
    const auto secret = toHex(scene.onboarding.ownerKey()->view());
    for (const auto& event : scene.device.events) {
        EXPECT_FALSE(event.text.empty());
        EXPECT_EQ(event.text.find(secret), std::string::npos);
        for (const auto& [name, value] : event.fields)
            EXPECT_EQ(value.find(secret), std::string::npos) << name;
    }
}

TEST(Device, ReportsItsStartAndNothingOfAFormerLife) {
    Scene scene;
    scene.own(kRfnop);
    scene.device.events.clear();
    scene.device.restart();
    EXPECT_EQ(kindsOf(scene.device.events), std::vector{ocf::Event::Kind::started});
}

TEST(Device, TellsOfEveryRefusalWhyAndWhatNext) {
    Scene scene;
    scene.own(kRfnop);
    scene.device.events.clear();
    EXPECT_EQ(scene.other->get(kCred).code, "4.01");
    EXPECT_EQ(scene.owner()->del(kCred).code, "4.03");
    ASSERT_EQ(scene.device.events.size(), 2U);
    EXPECT_EQ(scene.device.events[0].kind, ocf::Event::Kind::accessDenied);
    EXPECT_EQ(scene.device.events[1].kind, ocf::Event::Kind::requestRefused);
    EXPECT_EQ(scene.device.events[1].reason, Reason::deleteForbidden);
    for (const auto& event : scene.device.events) {
        EXPECT_FALSE(event.next.empty());
        const auto href = std::ranges::find(event.fields, "HREF", &std::pair<std::string, std::string>::first);
        ASSERT_NE(href, event.fields.end());
        EXPECT_EQ(href->second, kCred);
    }
}

TEST(Device, TellsOfAWriteThatOnlyTheOwnerMayDo) {
    Scene scene{Plan::separateServices()};
    scene.own(kSreset);
    scene.device.events.clear();
    EXPECT_EQ(scene.as(kCms)->post(kCred, cbor::Map{{"creds", cbor::Array{psk(kPairwise, keyOf(kPairwise))}}}).code,
              "4.01");
    EXPECT_EQ(scene.device.count(ocf::Event::Kind::accessDenied), 1U);
}

TEST(Device, TellsOfWhatNoResourceUnderstands) {
    Scene scene;
    scene.device.events.clear();
    auto fetch = message(5, kRes, {}, 1); // FETCH, RFC 8132
    scene.other.sendRawClear(coap::encode(fetch));
    auto text = message(coap::code::get, kRes, {}, 2);
    text.addNumber(coap::option::accept, 0);
    scene.other.sendRawClear(coap::encode(text));
    scene.network.settle();
    ASSERT_EQ(scene.device.count(ocf::Event::Kind::requestRefused), 2U);
    EXPECT_EQ(scene.device.events[0].reason, Reason::methodNotAllowed);
    EXPECT_EQ(scene.device.events[1].reason, Reason::notAcceptable);
    for (const auto& entry : scene.device.device().auditLog().entries())
        EXPECT_EQ(entry.aeid + " " + entry.message, "COMM-1 Operation not supported");
}

TEST(Device, ReportsGarbageAndLivesOn) {
    Scene scene;
    const auto before = scene.device.state();
    TestRandom random{99};
    for (int i = 0; i < 3000; ++i) {
        Bytes noise(random.below(80));
        random.fill(noise);
        const auto to = i % 3 == 0 ? scene.device.secure() : i % 3 == 1 ? scene.device.clear() : kGroup4;
        scene.other.sendRaw(to, noise, 51000);
    }
    EXPECT_GT(scene.device.count(ocf::Event::Kind::unexpectedTraffic), 1000U);
    EXPECT_EQ(scene.device.device().associations(), 0U);
    EXPECT_TRUE(scene.device.state() == before);
    scene.own(kRfnop);
}

TEST(Device, IgnoresWritesByMulticast) {
    Scene scene;
    auto select = message(coap::code::post, kDoxm, cbor::encode(cbor::Map{{"oxmsel", 0}}));
    select.type = coap::Type::nonConfirmable;
    scene.other.sendRaw(kGroup4, coap::encode(select), SimPeer::kClearSocket);
    scene.network.advance(3s);
    EXPECT_EQ(scene.device.state().doxm.oxmsel, svr::oxm::self);
    EXPECT_TRUE(scene.other.heard.empty());
}

TEST(Device, AnswersAPing) {
    Scene scene;
    scene.other.sendRawClear(coap::encodeEmpty(coap::Type::confirmable, 77));
    ASSERT_EQ(scene.other.heard.size(), 1U);
    EXPECT_EQ(scene.other.heard.front().octets, coap::encodeEmpty(coap::Type::reset, 77));
    scene.own(kRfnop);
    auto& owner = scene.owner();
    owner.sendRaw(coap::encodeEmpty(coap::Type::confirmable, 78)); // facts 4.3 step 14: a keepalive
    scene.network.settle();
    ASSERT_EQ(owner.messages.size(), 1U);
    EXPECT_EQ(owner.messages.front(), coap::encodeEmpty(coap::Type::reset, 78));
}

TEST(Device, SaysCloseNotifyToAllWhenItStops) {
    Scene scene{Plan::separateServices()};
    scene.own(kRfnop);
    SimSession* sessions[] = {&scene.owner(), &scene.as(kCms), &scene.as(kPairwise)};
    scene.device.act([](ocf::Device& device, TimePoint now) { device.closeSessions(now); });
    scene.network.settle();
    for (const auto* session : sessions)
        EXPECT_TRUE(session->closed());
    EXPECT_EQ(scene.device.device().sessions(), 0U);
}

TEST(Device, IsIdleWhenNothingHappens) {
    Scene scene;
    scene.own(kRfnop);
    scene.network.advance(1h);
    EXPECT_EQ(scene.device.device().sessions(), 0U);
    EXPECT_FALSE(scene.device.device().deadline()) << "nothing wakes the process up";
}

TEST(Device, APathThatIsNoTextGetsIntoNoRecord) {
    Scene scene;
    scene.own(kRfnop);
    EXPECT_EQ(scene.other->get("/light\xff").code, "4.02");
    EXPECT_EQ(scene.other->get("/two\nlines").code, "4.02");
    EXPECT_TRUE(scene.other->discover(kGroup4, "/light\xff").empty());
    ASSERT_GE(scene.device.count(ocf::Event::Kind::unexpectedTraffic), 2U);
    for (const auto& entry : scene.device.device().auditLog().entries())
        for (const auto& item : entry.auxiliaryinfo)
            EXPECT_TRUE(svr::isPlainText(viewOf(item))) << entry.aeid;
    for (const auto& event : scene.device.events)
        EXPECT_TRUE(svr::isPlainText(viewOf(event.text)));
}

TEST(Device, HostsItsOwnAmongOthers) {
    Network network;
    SimDevice first{network, {}, 7};
    SimDevice second{network, {}, 8, Address::v4({192, 0, 2, 11}, 0), *Address::parse("[fe80::11%2]:0")};
    SimPeer tool{network, Address::v4({192, 0, 2, 1}, 0), first.clear(), first.secure()};
    EXPECT_EQ(tool->discover(kGroup4, kDoxm).size(), 2U);
    JustWorks onboarding{tool, {}};
    onboarding.steps("cdefghijlmno");
    EXPECT_EQ(first.dos(), kRfnop);
    EXPECT_EQ(second.dos(), kRfotm);
    EXPECT_NE(first.state().doxm.deviceuuid, second.state().doxm.deviceuuid);
    EXPECT_EQ(tool->discover(kGroup4, kDoxm, {"owned=false"}).size(), 1U);
}

} // namespace ocfsecd::test
