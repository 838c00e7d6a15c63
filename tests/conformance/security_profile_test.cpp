// /oic/sec/sp over the wire (facts 2.6, 6.7).

#include "support/tested_scene.h"

namespace ocfsecd::test::conformance {

namespace {

constexpr std::string_view kSp = "/oic/sec/sp";
constexpr auto kBaselineOnly =
    R"({"supportedprofiles": ["1.3.6.1.4.1.51414.0.0.1.0"], "currentprofile": "1.3.6.1.4.1.51414.0.0.1.0"})";
constexpr auto kBoth = R"({"supportedprofiles": ["1.3.6.1.4.1.51414.0.0.1.0", "1.3.6.1.4.1.51414.0.0.2.0"], )"
                       R"("currentprofile": "1.3.6.1.4.1.51414.0.0.1.0"})";

/// The owner may read, write and delete sp, as onboarding tools provision it (facts 3.6).
Plan planWithSp() {
    Plan plan;
    plan.aces.emplace_back(ace(toUuid(kOwner), {href(kSp)}, 14));
    return plan;
}

ocf::DeviceSettings twoProfiles() {
    ocf::DeviceSettings settings;
    settings.capabilities.profiles = {std::string{svr::profile::baseline}, std::string{svr::profile::black}};
    return settings;
}

cbor::Map current(std::string_view profile) {
    return {{"currentprofile", profile}};
}

} // namespace

TEST(Conformance, SP_01_defaults) {
    Scene scene;
    EXPECT_EQ(scene.other->get(kSp).code, "4.01") << "not in clear";
    scene.onboarding.steps("cd");
    EXPECT_EQ(cbor::diagnostic(scene.onboarding.doc()->get(kSp).body), kBaselineOnly);
    ocf::DeviceSettings settings;
    settings.capabilities.profiles = {std::string{svr::profile::baseline}, std::string{svr::profile::blue}};
    settings.capabilities.currentProfile = svr::profile::blue;
    Scene configured{{}, settings};
    configured.onboarding.steps("cd");
    EXPECT_EQ(configured.onboarding.doc()->get(kSp).text("currentprofile"), svr::profile::blue);
}

TEST(Conformance, SP_02_oid_text_values) {
    Scene scene{{}, twoProfiles()};
    scene.onboarding.steps("cd");
    EXPECT_EQ(cbor::diagnostic(scene.onboarding.doc()->get(kSp).body), kBoth);
}

TEST(Conformance, SP_03_current_must_be_supported) {
    Scene scene{{}, twoProfiles()};
    scene.onboarding.steps("cd");
    auto body = current(svr::profile::black);
    body.emplace_back("supportedprofiles", cbor::Array{svr::profile::baseline});
    EXPECT_EQ(scene.onboarding.doc()->post(kSp, body).code, "4.00");
    EXPECT_EQ(cbor::diagnostic(scene.onboarding.doc()->get(kSp).body), kBoth);
}

TEST(Conformance, SP_04_unknown_profile_refused) {
    Scene scene{{}, twoProfiles()};
    scene.onboarding.steps("cd");
    EXPECT_EQ(scene.onboarding.doc()->post(kSp, current("1.3.6.1.4.1.51414.0.0.9.0")).code, "4.00");
    EXPECT_EQ(scene.onboarding.doc()->post(kSp, current(svr::profile::purple)).code, "4.00")
        << "known, and not compiled in";
    const cbor::Map wider{{"supportedprofiles", cbor::Array{svr::profile::baseline, svr::profile::blue}}};
    EXPECT_EQ(scene.onboarding.doc()->post(kSp, wider).code, "4.00");
    EXPECT_EQ(cbor::diagnostic(scene.onboarding.doc()->get(kSp).body), kBoth);
}

TEST(Conformance, SP_05_readonly_rfnop) {
    for (const auto in : kOwnedStates) {
        Scene scene{planWithSp(), twoProfiles()};
        scene.own(in);
        const auto reply = scene.owner()->post(kSp, current(svr::profile::black));
        EXPECT_EQ(reply.code, in == kRfnop ? "4.00" : "2.04");
        EXPECT_EQ(scene.owner()->get(kSp).text("currentprofile"),
                  in == kRfnop ? svr::profile::baseline : svr::profile::black);
    }
}

TEST(Conformance, SP_06_both_in_one_post) {
    Scene scene{{}, twoProfiles()};
    scene.onboarding.steps("cd");
    auto body = current(svr::profile::black);
    body.emplace_back("supportedprofiles", cbor::Array{svr::profile::black});
    EXPECT_EQ(scene.onboarding.doc()->post(kSp, body).code, "2.04");
    EXPECT_EQ(cbor::diagnostic(scene.onboarding.doc()->get(kSp).body),
              R"({"supportedprofiles": ["1.3.6.1.4.1.51414.0.0.2.0"], )"
              R"("currentprofile": "1.3.6.1.4.1.51414.0.0.2.0"})");
}

TEST(Conformance, SM_35_reset_sp_default) {
    Scene scene{planWithSp(), twoProfiles()};
    scene.own(kRfpro);
    EXPECT_EQ(scene.owner()->post(kSp, current(svr::profile::black)).code, "2.04");
    scene.device.restart();
    EXPECT_EQ(scene.owner()->get(kSp).text("currentprofile"), svr::profile::black);
    EXPECT_EQ(scene.owner()->setState(0).code, "2.04");
    scene.waitForRfotm();
    scene.onboarding.forget();
    scene.onboarding.steps("cd");
    EXPECT_EQ(cbor::diagnostic(scene.onboarding.doc()->get(kSp).body), kBoth);
}

} // namespace ocfsecd::test::conformance
