// Which onboarding state follows which, asked over the wire (facts 1.2–1.6).

#include "support/tested_scene.h"

#include "svr/persist.h"

namespace ocfsecd::test::conformance {

namespace {

int dosOf(const Reply& pstat) {
    const auto* s = pstat["dos"].find("s");
    return s != nullptr ? static_cast<int>(s->integer().value_or(-1)) : -1;
}

void expectResetBy(svr::OnboardingState from) {
    Scene scene;
    scene.own(from);
    const auto before = scene.device.deviceId();
    auto& owner = scene.owner();
    EXPECT_EQ(owner->setState(0).code, "2.04");
    scene.waitForRfotm();
    EXPECT_NE(scene.device.deviceId(), before);
    EXPECT_TRUE(owner.closed());
    EXPECT_FALSE(scene.device.keepsState());
}

} // namespace

TEST(Conformance, SM_01_first_boot_enters_rfotm) {
    Scene scene;
    const auto pstat = scene.tool->get(kPstat);
    EXPECT_EQ(pstat.code, "2.05");
    EXPECT_EQ(cbor::diagnostic(pstat["dos"]), R"({"s": 1, "p": false})");
    EXPECT_EQ(pstat["isop"].boolean(), false);
    EXPECT_EQ(pstat["cm"].integer(), 2);
    EXPECT_EQ(pstat["tm"].integer(), 0);
}

TEST(Conformance, SM_02_reset_from_rfotm_over_doc) {
    Scene scene;
    scene.onboarding.steps("cdef");
    EXPECT_EQ(scene.onboarding.doc()->setState(0).code, "2.04");
    scene.waitForRfotm();
    EXPECT_TRUE(scene.onboarding.doc().closed());
    EXPECT_NE(scene.device.deviceId(), kNewDeviceId);
    EXPECT_EQ(scene.other->get(kDoxm)["oxmsel"].integer(), svr::oxm::self);
}

TEST(Conformance, SM_03_reset_from_rfpro) {
    expectResetBy(kRfpro);
}

TEST(Conformance, SM_04_reset_from_rfnop) {
    expectResetBy(kRfnop);
}

TEST(Conformance, SM_05_reset_from_sreset) {
    expectResetBy(kSreset);
}

TEST(Conformance, SM_06_rfotm_to_rfpro_ok) {
    Scene scene;
    scene.onboarding.steps(kToOwned);
    const auto pstat = scene.onboarding.doc()->get(kPstat);
    EXPECT_EQ(pstat.code, "2.05");
    EXPECT_EQ(dosOf(pstat), 2);
    EXPECT_EQ(pstat["isop"].boolean(), false);
    EXPECT_EQ(pstat["cm"].integer(), 0);
}

TEST(Conformance, SM_07_rfpro_to_rfnop_ok) {
    Scene scene;
    scene.onboarding.steps(kToOwned);
    scene.onboarding.steps("no");
    const auto pstat = scene.onboarding.doc()->get(kPstat);
    EXPECT_EQ(dosOf(pstat), 3);
    EXPECT_EQ(pstat["isop"].boolean(), true);
}

TEST(Conformance, SM_08_rfnop_to_rfpro_ok) {
    Scene scene;
    scene.own(kRfnop);
    auto& owner = scene.owner();
    EXPECT_EQ(owner->setState(2).code, "2.04");
    const auto pstat = owner->get(kPstat);
    EXPECT_EQ(dosOf(pstat), 2);
    EXPECT_EQ(pstat["isop"].boolean(), false);
}

TEST(Conformance, SM_09_rfpro_to_sreset_ok) {
    Scene scene;
    scene.own(kRfpro);
    auto& owner = scene.owner();
    EXPECT_EQ(owner->setState(4).code, "2.04");
    const auto pstat = owner->get(kPstat);
    EXPECT_EQ(dosOf(pstat), 4);
    EXPECT_EQ(pstat["cm"].integer(), 1);
}

TEST(Conformance, SM_10_rfnop_to_sreset_ok) {
    Scene scene;
    scene.own(kRfnop);
    auto& owner = scene.owner();
    EXPECT_EQ(owner->setState(4).code, "2.04");
    EXPECT_EQ(dosOf(owner->get(kPstat)), 4);
}

TEST(Conformance, SM_11_sreset_to_rfpro_ok) {
    Scene scene;
    scene.own(kSreset);
    auto& owner = scene.owner();
    EXPECT_EQ(owner->setState(2).code, "2.04");
    EXPECT_EQ(dosOf(owner->get(kPstat)), 2);
}

TEST(Conformance, SM_12_rfotm_to_rfnop_refused) {
    Scene scene;
    scene.onboarding.steps("cdefghijl");
    EXPECT_EQ(scene.onboarding.doc()->setState(3).code, "4.00");
    EXPECT_EQ(scene.device.dos(), kRfotm);
    EXPECT_EQ(scene.onboarding.step('m').code, "2.04") << "every precondition was met";
}

TEST(Conformance, SM_13_rfotm_to_sreset_refused) {
    Scene scene;
    scene.onboarding.steps("cdefghijl");
    EXPECT_EQ(scene.onboarding.doc()->setState(4).code, "4.00");
    EXPECT_EQ(scene.device.dos(), kRfotm);
}

TEST(Conformance, SM_14_owned_to_rfotm_refused) {
    for (const auto in : kOwnedStates) {
        Scene scene;
        scene.own(in);
        EXPECT_EQ(scene.owner()->setState(1).code, "4.00");
        EXPECT_EQ(scene.device.dos(), in);
    }
}

TEST(Conformance, SM_15_sreset_to_rfnop_refused) {
    Scene scene;
    scene.own(kSreset);
    EXPECT_EQ(scene.owner()->setState(3).code, "4.00");
    EXPECT_EQ(scene.device.dos(), kSreset);
}

TEST(Conformance, SM_16_same_state_is_noop) {
    Scene scene;
    scene.own(kRfnop);
    auto& owner = scene.owner();
    const auto before = readable(owner);
    EXPECT_EQ(owner->setState(3).code, "2.04");
    EXPECT_EQ(readable(owner), before);
}

TEST(Conformance, SM_17_out_of_range_state_refused) {
    Scene scene;
    scene.own(kRfnop);
    auto& owner = scene.owner();
    const auto before = readable(owner);
    for (const int s : {5, -1, 255})
        EXPECT_EQ(owner->setState(s).code, "4.00") << s;
    EXPECT_EQ(readable(owner), before);
}

TEST(Conformance, SM_42_local_factory_reset) {
    for (const auto in : kOwnedStates) {
        Scene scene;
        scene.own(in);
        scene.device.operatorReset();
        scene.waitForRfotm();
        ASSERT_EQ(scene.device.operatorOutcomes().size(), 1U);
        EXPECT_TRUE(scene.device.operatorOutcomes().front());
        EXPECT_FALSE(scene.device.keepsState());
    }
    for (const auto* steps : {"", "c", "cd", "cdefghijl"}) {
        Scene scene;
        scene.onboarding.steps(steps);
        const auto before = scene.device.deviceId();
        scene.device.operatorReset();
        scene.waitForRfotm();
        EXPECT_NE(scene.device.deviceId(), before) << steps;
        EXPECT_EQ(scene.other->get(kDoxm)["oxmsel"].integer(), svr::oxm::self) << steps;
        EXPECT_TRUE(scene.device.operatorOutcomes().at(0)) << steps;
    }
}

TEST(Conformance, SM_41_sreset_keeps_ownership) {
    Scene scene;
    scene.own(kRfnop);
    auto& owner = scene.owner();
    const auto before = owner->get(kDoxm);
    const auto creds = cbor::diagnostic(owner->get(kCred).body);
    EXPECT_EQ(owner->setState(4).code, "2.04");
    EXPECT_EQ(cbor::diagnostic(owner->get(kDoxm).body), cbor::diagnostic(before.body));
    EXPECT_EQ(cbor::diagnostic(owner->get(kCred).body), creds);
    EXPECT_EQ(before.text("devowneruuid"), kOwner.text());
    EXPECT_EQ(scene.owner()->get(kPstat).code, "2.05") << "the owner credential still works";
}

TEST(Conformance, SM_46_state_survives_restart) {
    for (const auto in : kOwnedStates) {
        Scene scene;
        scene.own(in);
        const auto before = readable(scene.owner());
        scene.device.restart();
        EXPECT_EQ(scene.device.dos(), in);
        EXPECT_EQ(readable(scene.owner()), before);
    }
}

TEST(Conformance, SM_47_unowned_store_forces_reset) {
    Scene scene;
    scene.own(kRfnop);
    scene.device.kill();
    scene.device.editStore([](svr::DeviceState& state) { state.doxm.owned = false; });
    scene.device.start();
    scene.waitForRfotm();
    EXPECT_FALSE(scene.device.keepsState());
    EXPECT_NE(scene.device.deviceId(), kNewDeviceId);
    EXPECT_FALSE(scene.tool.connectPsk(kOwner, scene.onboarding.ownerKey()->view()).established());
    scene.onboarding.forget();
    scene.onboarding.steps("cd");
    EXPECT_TRUE(scene.onboarding.doc()->get(kCred)["creds"].array()->empty());
}

} // namespace ocfsecd::test::conformance
