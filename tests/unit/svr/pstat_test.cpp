#include "svr/pstat.h"

#include "world.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;

TEST(Conformance, PS_01_get_clear_in_rfotm) {
    World world;
    EXPECT_EQ(codeOf(world.get(inClear(), kPstatHref)), "2.05");
    auto caller = inClear();
    caller.docOpen = true;
    EXPECT_REFUSED(world, "4.01", world.get(caller, kPstatHref));
}

TEST(Conformance, PS_02_post_clear_refused) {
    for (const auto in : {rfotm, rfpro, rfnop, sreset}) {
        World world{in};
        EXPECT_REFUSED(world, "4.01", world.post(inClear(), kPstatHref, cbor::Map{{"om", 4}}));
        EXPECT_REFUSED(world, "4.01", world.setState(inClear(), 0));
    }
}

TEST(Conformance, PS_03_readonly_members_refused) {
    for (const auto in : {rfotm, rfpro, rfnop, sreset}) {
        World world{in};
        for (const auto& [property, value] :
             {std::pair{"isop", cbor::Value{true}}, std::pair{"cm", cbor::Value{0}}, std::pair{"sm", cbor::Value{4}}})
            EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kPstatHref, cbor::Map{{property, value}, {"om", 4}}));
        const cbor::Map withP{{"s", 2}, {"p", false}};
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kPstatHref, cbor::Map{{"dos", withP}}));
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kPstatHref, cbor::Map{{"dos", cbor::Map{{"p", true}}}}));
    }
}

TEST(Conformance, PS_04_om_write) {
    for (const auto in : {rfotm, rfpro, rfnop, sreset}) {
        World world{in};
        world.state.pstat.sm = 5;
        world.state.pstat.om = 1;
        const auto& caller = in == rfotm ? overDoc() : as(kOwner);
        EXPECT_EQ(codeOf(world.post(caller, kPstatHref, cbor::Map{{"om", 4}})), "2.04") << nameOf(in);
        EXPECT_EQ(world.state.pstat.om, 4);
    }
}

TEST(Conformance, PS_05_om_unsupported_refused) {
    World world;
    for (const int om : {1, 2, 3, 5, 6, 7, 0, 8, -4})
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kPstatHref, cbor::Map{{"om", om}}));
}

TEST(Conformance, PS_06_sm_has_client_directed) {
    World world;
    EXPECT_EQ(*at(world.get(inClear(), kPstatHref), "sm").integer() & 4, 4);
}

TEST(Conformance, PS_07_rowner_only_rfotm_sreset) {
    const cbor::Map body{{"rowneruuid", kStranger.text()}};
    for (const auto in : {rfpro, rfnop}) {
        World world{in};
        EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kPstatHref, body));
    }
    World onboarding;
    EXPECT_EQ(codeOf(onboarding.post(overDoc(), kPstatHref, body)), "2.04");
    World repair{sreset, true};
    EXPECT_REFUSED(repair, "4.01", repair.post(as(kCms), kPstatHref, body));
    EXPECT_EQ(codeOf(repair.post(as(kOwner), kPstatHref, body)), "2.04");
    EXPECT_EQ(repair.state.pstat.rowneruuid, kStranger);
}

TEST(Conformance, PS_08_unknown_property_refused) {
    World world;
    for (const char* property : {"foo", "rt", "dos.s", "dos.p", "s", "OM"})
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kPstatHref, cbor::Map{{property, 1}}));
    const cbor::Map strange{{"s", 2}, {"x", 1}};
    EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kPstatHref, cbor::Map{{"dos", strange}}));
}

TEST(Conformance, PS_10_cms_ams_may_change_state) {
    for (const auto& service : {kCms, kAms}) {
        World world{rfpro, true};
        EXPECT_EQ(codeOf(world.setState(as(service), 3)), "2.04");
        EXPECT_EQ(world.state.pstat.state, rfnop);
        EXPECT_EQ(codeOf(world.post(as(service), kPstatHref, cbor::Map{{"tm", 8}, {"om", 4}})), "2.04");
        EXPECT_EQ(codeOf(world.setState(as(service), 2)), "2.04");
        EXPECT_EQ(codeOf(world.setState(as(service), 4)), "2.04");
        // In SRESET only dos.s (facts 2.3).
        EXPECT_REFUSED(world, "4.01", world.post(as(service), kPstatHref, cbor::Map{{"tm", 8}}));
        EXPECT_EQ(codeOf(world.setState(as(service), 2)), "2.04");
    }
    World onboarding{rfotm, true};
    EXPECT_REFUSED(onboarding, "4.01", onboarding.setState(as(kCms), 2));
}

TEST(Conformance, PS_11_stranger_refused) {
    for (const auto in : kOwnedStates) {
        World world{in};
        world.state.cred.creds.push_back(pskFor(kStranger, 9));
        EXPECT_REFUSED(world, "4.01", world.setState(as(kStranger), 0));
        EXPECT_REFUSED(world, "4.01", world.post(as(kStranger), kPstatHref, cbor::Map{{"om", 4}}));
    }
}

TEST(Pstat, PstatOwnerMayRepairItsResourceInSreset) {
    World world{sreset};
    world.state.pstat.rowneruuid = kPstatOwner;
    EXPECT_EQ(codeOf(world.post(as(kPstatOwner), kPstatHref, cbor::Map{{"rowneruuid", kOwner.text()}, {"om", 4}})),
              "2.04");
    EXPECT_EQ(world.state.pstat.rowneruuid, kOwner);
}

TEST(Pstat, UpdateBitsOfTmDoNotStaySet) {
    World world;
    EXPECT_EQ(codeOf(world.post(overDoc(), kPstatHref, cbor::Map{{"tm", 0xC8}})), "2.04");
    EXPECT_EQ(world.state.pstat.tm, 8);
    for (const int tm : {-1, 256})
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kPstatHref, cbor::Map{{"tm", tm}}));
}

TEST(Pstat, DosNeedsItsState) {
    World world;
    for (const cbor::Value& dos :
         {cbor::Value{cbor::Map{}}, cbor::Value{2}, cbor::Value{}, cbor::Value{cbor::Array{2}}})
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kPstatHref, cbor::Map{{"dos", dos}}));
}

TEST(Pstat, PutAndDeleteAreNotAllowed) {
    World world;
    EXPECT_REFUSED(world, "4.05", world.request(overDoc(), coap::Method::put, kPstatHref));
    EXPECT_REFUSED(world, "4.05", world.del(overDoc(), kPstatHref));
}
