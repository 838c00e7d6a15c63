// /oic/sec/pstat over the wire (facts 2.3).

#include "support/tested_scene.h"

namespace ocfsecd::test::conformance {

namespace {

cbor::Map dos(int s) {
    return {{"dos", cbor::Map{{"s", s}}}};
}

} // namespace

TEST(Conformance, PS_01_get_clear_in_rfotm) {
    Scene scene;
    EXPECT_EQ(scene.other->get(kPstat).code, "2.05");
    scene.onboarding.steps("cd");
    EXPECT_EQ(scene.other->get(kPstat).code, "4.01");
}

TEST(Conformance, PS_02_post_clear_refused) {
    Scene unowned;
    EXPECT_EQ(unowned.other->post(kPstat, cbor::Map{{"om", 4}}).code, "4.01");
    EXPECT_EQ(unowned.other->setState(2).code, "4.01");
    for (const auto in : kOwnedStates) {
        Scene scene;
        scene.own(in);
        EXPECT_EQ(scene.other->post(kPstat, cbor::Map{{"om", 4}}).code, "4.01");
        EXPECT_EQ(scene.other->setState(0).code, "4.01");
        EXPECT_EQ(scene.device.dos(), in);
    }
}

TEST(Conformance, PS_03_readonly_members_refused) {
    Scene scene;
    scene.onboarding.steps("cd");
    const auto before = scene.device.everything();
    const auto read = readable(scene.onboarding.doc());
    const cbor::Map posts[] = {{{"isop", true}},
                               {{"cm", 1}},
                               {{"sm", 7}},
                               {{"dos", cbor::Map{{"p", false}}}},
                               {{"dos", cbor::Map{{"s", 1}, {"p", false}}}}};
    for (const auto& post : posts)
        EXPECT_EQ(scene.onboarding.doc()->post(kPstat, post).code, "4.00") << cbor::diagnostic(post);
    EXPECT_TRUE(scene.device.everything() == before);
    EXPECT_EQ(readable(scene.onboarding.doc()), read);
}

TEST(Conformance, PS_04_om_write) {
    Scene unowned;
    unowned.onboarding.steps("cd");
    EXPECT_EQ(unowned.onboarding.doc()->post(kPstat, cbor::Map{{"om", 4}}).code, "2.04");
    for (const auto in : kOwnedStates) {
        Scene scene;
        scene.own(in);
        EXPECT_EQ(scene.owner()->post(kPstat, cbor::Map{{"om", 4}}).code, "2.04");
        EXPECT_EQ(scene.owner()->get(kPstat)["om"].integer(), 4);
    }
}

TEST(Conformance, PS_05_om_unsupported_refused) {
    Scene scene;
    scene.onboarding.steps("cd");
    for (const int om : {0, 1, 2, 3, 5, 7, 8})
        EXPECT_EQ(scene.onboarding.doc()->post(kPstat, cbor::Map{{"om", om}}).code, "4.00") << om;
    EXPECT_EQ(scene.onboarding.doc()->get(kPstat)["om"].integer(), 4);
}

TEST(Conformance, PS_06_sm_has_client_directed) {
    Scene scene;
    EXPECT_NE(scene.tool->get(kPstat)["sm"].integer().value_or(0) & 4, 0);
}

TEST(Conformance, PS_07_rowner_only_rfotm_sreset) {
    for (const auto in : {kRfpro, kRfnop}) {
        Scene scene;
        scene.own(in);
        EXPECT_EQ(scene.owner()->post(kPstat, cbor::Map{{"rowneruuid", kAms.text()}}).code, "4.00");
        EXPECT_EQ(scene.owner()->get(kPstat).text("rowneruuid"), kOwner.text());
    }
    Scene scene;
    scene.own(kSreset);
    EXPECT_EQ(scene.owner()->post(kPstat, cbor::Map{{"rowneruuid", kAms.text()}}).code, "2.04");
    EXPECT_EQ(scene.owner()->get(kPstat).text("rowneruuid"), kAms.text());
}

TEST(Conformance, PS_08_unknown_property_refused) {
    Scene scene;
    scene.onboarding.steps("cd");
    EXPECT_EQ(scene.onboarding.doc()->post(kPstat, cbor::Map{{"rowneruuid", kOwner.text()}, {"foo", 1}}).code, "4.00");
    EXPECT_EQ(scene.onboarding.doc()->get(kPstat).text("rowneruuid"), kNil.text());
}

TEST(Conformance, PS_10_cms_ams_may_change_state) {
    for (const auto& service : {kCms, kAms, kPstatOwner}) {
        Scene scene{Plan::separateServices()};
        scene.own(kRfpro);
        auto& session = scene.as(service);
        EXPECT_EQ(session->post(kPstat, dos(3)).code, "2.04");
        EXPECT_EQ(scene.device.dos(), kRfnop);
        EXPECT_EQ(session->post(kPstat, dos(2)).code, "2.04");
        EXPECT_EQ(scene.device.dos(), kRfpro);
    }
}

TEST(Conformance, PS_11_stranger_refused) {
    for (const auto in : kOwnedStates) {
        Scene scene{Plan::separateServices()};
        scene.own(in);
        auto& session = scene.as(kPairwise);
        EXPECT_EQ(session->get(kPstat).code, "4.01");
        EXPECT_EQ(session->post(kPstat, dos(0)).code, "4.01");
        EXPECT_EQ(scene.device.dos(), in);
    }
}

} // namespace ocfsecd::test::conformance
