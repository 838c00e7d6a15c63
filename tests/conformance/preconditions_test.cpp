// What RFPRO asks for, by leaving out one step of an onboarding (facts 1.4).

#include "support/tested_scene.h"

namespace ocfsecd::test::conformance {

namespace {

/// All steps up to RFPRO but one; the step into RFPRO is refused and everything stays.
void expectNeeded(char left) {
    Scene scene;
    std::string steps{kToOwned};
    std::erase(steps, 'm');
    std::erase(steps, left);
    scene.onboarding.steps(steps);
    const auto before = scene.device.everything();
    const auto read = readable(scene.onboarding.doc());
    EXPECT_EQ(scene.onboarding.step('m').code, "4.00");
    EXPECT_TRUE(scene.device.everything() == before);
    EXPECT_EQ(readable(scene.onboarding.doc()), read);
    // The step made up for, the same request succeeds: nothing else was missing.
    EXPECT_EQ(scene.onboarding.step(left).code, "2.04");
    EXPECT_EQ(scene.onboarding.step('m').code, "2.04");
    EXPECT_EQ(scene.device.dos(), kRfpro);
}

} // namespace

TEST(Conformance, SM_18_rfpro_needs_owned) {
    expectNeeded('l');
}

TEST(Conformance, SM_19_rfpro_needs_devowneruuid) {
    expectNeeded('e');
}

TEST(Conformance, SM_20_rfpro_needs_doxm_rowner) {
    expectNeeded('g');
}

TEST(Conformance, SM_21_rfpro_needs_acl2_rowner) {
    expectNeeded('h');
}

TEST(Conformance, SM_22_rfpro_needs_pstat_rowner) {
    expectNeeded('i');
}

TEST(Conformance, SM_23_rfpro_needs_cred_rowner) {
    Scene scene;
    scene.onboarding.steps("cdefghi");
    EXPECT_EQ(scene.onboarding.doc()->post(kCred, cbor::Map{{"creds", cbor::Array{emptyPsk(kOwner)}}}).code, "2.04");
    scene.onboarding.steps("l");
    EXPECT_EQ(scene.onboarding.step('m').code, "4.00");
    EXPECT_EQ(scene.onboarding.doc()->post(kCred, cbor::Map{{"rowneruuid", kOwner.text()}}).code, "2.04");
    EXPECT_EQ(scene.onboarding.step('m').code, "2.04");
}

TEST(Conformance, SM_24_rfpro_needs_cred_for_each_rowner) {
    for (const auto set : {&Plan::acl2Owner, &Plan::pstatOwner, &Plan::credOwner}) {
        Scene scene;
        scene.onboarding.plan().*set = kAms;
        scene.onboarding.steps("cdefghijl");
        EXPECT_EQ(scene.onboarding.step('m').code, "4.00");
        EXPECT_EQ(scene.device.dos(), kRfotm);
        EXPECT_EQ(scene.onboarding.doc()->post(kCred, cbor::Map{{"creds", cbor::Array{psk(kAms, keyOf(kAms))}}}).code,
                  "2.04");
        EXPECT_EQ(scene.onboarding.step('m').code, "2.04");
    }
}

TEST(Conformance, SM_26_failed_transition_leaves_state) {
    Scene scene;
    scene.onboarding.steps("cdef");
    const auto before = scene.onboarding.doc()->get(kPstat);
    EXPECT_EQ(
        scene.onboarding.doc()
            ->post(kPstat, cbor::Map{{"om", 4}, {"tm", 1}, {"rowneruuid", kOwner.text()}, {"dos", cbor::Map{{"s", 2}}}})
            .code,
        "4.00");
    EXPECT_EQ(cbor::diagnostic(scene.onboarding.doc()->get(kPstat).body), cbor::diagnostic(before.body));
}

} // namespace ocfsecd::test::conformance
