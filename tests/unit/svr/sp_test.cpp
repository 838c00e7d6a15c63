#include "svr/sp.h"

#include "world.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;

namespace {

constexpr std::string_view kHref = "/oic/sec/sp";

cbor::Value arrayOf(std::initializer_list<std::string_view> profiles) {
    cbor::Array out;
    for (const auto profile : profiles)
        out.emplace_back(profile);
    return out;
}

/// A device whose maker compiled in Baseline and Black.
struct TwoProfiles : World {
    explicit TwoProfiles(OnboardingState in = rfotm) : World{in} {
        capabilities.profiles = {std::string{profile::baseline}, std::string{profile::black}};
        state.sp = {capabilities.profiles, capabilities.currentProfile};
        // Facts 3.6: what onboarding tools provision.
        state.acl2.aclist2 = {{AceId{1}, kOwner, {{std::string{kHref}, std::nullopt}}, 14, "", {}}};
    }
};

} // namespace

TEST(Conformance, SP_01_defaults) {
    World world;
    const auto reply = world.get(overDoc(), kHref);
    EXPECT_EQ(diagnosticOf(reply), R"({"supportedprofiles": ["1.3.6.1.4.1.51414.0.0.1.0"], )"
                                   R"("currentprofile": "1.3.6.1.4.1.51414.0.0.1.0"})");
    Capabilities black;
    black.profiles = {std::string{profile::baseline}, std::string{profile::black}};
    black.currentProfile = profile::black;
    TestRandom random;
    EXPECT_EQ(manufacturerDefault(random, black).sp.currentprofile, profile::black);
}

TEST(Conformance, SP_02_oid_text_values) {
    TwoProfiles world;
    const auto reply = world.get(overDoc(), kHref);
    EXPECT_EQ(diagnosticOf(reply),
              R"({"supportedprofiles": ["1.3.6.1.4.1.51414.0.0.1.0", "1.3.6.1.4.1.51414.0.0.2.0"], )"
              R"("currentprofile": "1.3.6.1.4.1.51414.0.0.1.0"})");
}

TEST(Conformance, SP_03_current_must_be_supported) {
    TwoProfiles world;
    EXPECT_REFUSED(
        world, "4.00",
        world.post(overDoc(), kHref,
                   cbor::Map{{"supportedprofiles", arrayOf({profile::baseline})}, {"currentprofile", profile::black}}));
    EXPECT_REFUSED(world, "4.00",
                   world.post(overDoc(), kHref, cbor::Map{{"supportedprofiles", arrayOf({profile::black})}}));
    EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kHref, cbor::Map{{"supportedprofiles", arrayOf({})}}));
}

TEST(Conformance, SP_04_unknown_profile_refused) {
    TwoProfiles world;
    const cbor::Value bad[] = {
        "oic.sec.sp.baseline.v0", " 1.3.6.1.4.1.51414.0.0.1.0", "", 1, cbor::Value{}, profile::blue, profile::purple};
    for (const auto& value : bad) {
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kHref, cbor::Map{{"currentprofile", value}}));
        const cbor::Array list{profile::baseline, value};
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kHref, cbor::Map{{"supportedprofiles", list}}));
    }
}

TEST(Conformance, SP_05_readonly_rfnop) {
    TwoProfiles world{rfnop};
    EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kHref, cbor::Map{{"currentprofile", profile::black}}));
    EXPECT_REFUSED(world, "4.00",
                   world.post(as(kOwner), kHref, cbor::Map{{"supportedprofiles", arrayOf({profile::baseline})}}));
    for (const auto in : {rfpro, sreset}) {
        TwoProfiles writable{in};
        EXPECT_EQ(codeOf(writable.post(as(kOwner), kHref, cbor::Map{{"currentprofile", profile::black}})), "2.04");
        EXPECT_EQ(writable.state.sp.currentprofile, profile::black);
        EXPECT_REFUSED(writable, "4.01", writable.post(as(kStranger), kHref, cbor::Map{{"currentprofile", "x"}}));
    }
}

TEST(Conformance, SP_06_both_in_one_post) {
    TwoProfiles world;
    const cbor::Map currentFirst{{"currentprofile", profile::black}, {"supportedprofiles", arrayOf({profile::black})}};
    EXPECT_EQ(codeOf(world.post(overDoc(), kHref, currentFirst)), "2.04");
    EXPECT_EQ(world.state.sp.supportedprofiles, std::vector<std::string>{std::string{profile::black}});
    const cbor::Map back{{"supportedprofiles", arrayOf({profile::black, profile::baseline})},
                         {"currentprofile", profile::baseline}};
    EXPECT_EQ(codeOf(world.post(overDoc(), kHref, back)), "2.04");
    EXPECT_EQ(world.state.sp.currentprofile, profile::baseline);
}

TEST(Conformance, SM_35_reset_sp_default) {
    TwoProfiles world{rfpro};
    EXPECT_EQ(codeOf(world.post(as(kOwner), kHref, cbor::Map{{"currentprofile", profile::black}})), "2.04");
    EXPECT_EQ(codeOf(world.setState(as(kOwner), 0)), "2.04");
    world.finishReset();
    EXPECT_EQ(diagnosticOf(world.get(overDoc(), kHref)),
              R"({"supportedprofiles": ["1.3.6.1.4.1.51414.0.0.1.0", "1.3.6.1.4.1.51414.0.0.2.0"], )"
              R"("currentprofile": "1.3.6.1.4.1.51414.0.0.1.0"})");
}

TEST(Sp, RefusesWhatIsNoUpdate) {
    TwoProfiles world;
    const cbor::Value bad[] = {cbor::Map{{"foo", 1}},
                               cbor::Map{{"rt", cbor::Array{"oic.r.sp"}}},
                               cbor::Map{{"supportedprofiles", profile::baseline}},
                               cbor::Map{{"supportedprofiles", arrayOf({profile::baseline, profile::baseline})}},
                               cbor::Map{{1, 1}},
                               cbor::Array{},
                               cbor::Value{}};
    for (const auto& body : bad)
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kHref, body));
    EXPECT_REFUSED(world, "4.05", world.del(overDoc(), kHref));
    EXPECT_EQ(codeOf(world.post(overDoc(), kHref, cbor::Map{{"supportedprofiles", cbor::Value{}}})), "2.04")
        << "null stands for no array";
}

TEST(Sp, ProfileAnUpdateTookAwayIsNoLongerInForce) {
    TwoProfiles world{rfpro};
    EXPECT_EQ(codeOf(world.post(as(kOwner), kHref, cbor::Map{{"currentprofile", profile::black}})), "2.04");
    world.capabilities.profiles = {std::string{profile::baseline}};
    EXPECT_EQ(diagnosticOf(world.get(as(kOwner), kHref)), R"({"supportedprofiles": ["1.3.6.1.4.1.51414.0.0.1.0"], )"
                                                          R"("currentprofile": "1.3.6.1.4.1.51414.0.0.1.0"})");
}
