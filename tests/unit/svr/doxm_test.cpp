#include "svr/doxm.h"

#include "svr/tables.h"
#include "world.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;

namespace {

const cbor::Value kNewUuid{"c8db2069-c1d7-4a12-7ab5-5a09066580cb"};

Reply multicast(World& world, std::vector<std::string> query) {
    return world.request(inClear(), coap::Method::get, kDoxmHref, nullptr, std::move(query), true);
}

/// The four properties of the onboarding connection.
const std::pair<std::string_view, cbor::Value> kOwnerProperties[] = {
    {"owned", cbor::Value{true}}, {"deviceuuid", kNewUuid}, {"devowneruuid", kNewUuid}, {"rowneruuid", kNewUuid}};

} // namespace

TEST(Conformance, DX_01_get_clear_in_rfotm) {
    World world;
    EXPECT_EQ(codeOf(world.get(inClear(), kDoxmHref)), "2.05");
}

TEST(Conformance, DX_02_get_clear_denied_when_owned) {
    for (const auto in : kOwnedStates) {
        World world{in};
        EXPECT_REFUSED(world, "4.01", world.get(inClear(), kDoxmHref));
        EXPECT_EQ(codeOf(world.get(as(kOwner), kDoxmHref)), "2.05");
    }
}

TEST(Conformance, DX_03_mandatory_properties) {
    World world;
    world.capabilities.oxms = {0, 1};
    world.capabilities.sct = 9;
    const auto doxm = world.get(inClear(), kDoxmHref);
    EXPECT_EQ(at(doxm, "oxms"), cbor::Value(cbor::Array{0, 1}));
    EXPECT_EQ(at(doxm, "oxmsel"), cbor::Value{4});
    EXPECT_EQ(at(doxm, "sct"), cbor::Value{9});
    EXPECT_EQ(at(doxm, "owned"), cbor::Value{false});
    EXPECT_EQ(at(doxm, "deviceuuid"), cbor::Value{world.state.doxm.deviceuuid.text()});
    EXPECT_EQ(at(doxm, "devowneruuid"), cbor::Value{Uuid{}.text()});
    EXPECT_EQ(at(doxm, "rowneruuid"), cbor::Value{Uuid{}.text()});
    EXPECT_EQ(doxm.body->map()->size(), 7U);
}

TEST(Conformance, DX_04_baseline_adds_rt_if) {
    World world;
    const auto plain = world.get(inClear(), kDoxmHref);
    const auto same = world.get(inClear(), kDoxmHref, {"if=oic.if.rw"});
    const auto baseline = world.get(inClear(), kDoxmHref, {"IF=oic.if.baseline"});
    EXPECT_EQ(plain.body, same.body);
    EXPECT_EQ(plain.body->find("rt"), nullptr);
    EXPECT_EQ(plain.body->find("if"), nullptr);
    EXPECT_EQ(at(baseline, "rt"), cbor::Value{cbor::Array{"oic.r.doxm"}});
    EXPECT_EQ(at(baseline, "if"), cbor::Value(cbor::Array{"oic.if.rw", "oic.if.baseline"}));
    EXPECT_EQ(baseline.body->map()->size(), plain.body->map()->size() + 2);
}

TEST(Conformance, DX_05_owned_query_match) {
    World world;
    for (const char* query : {"owned=false", "owned=FALSE", "Owned=False", "OWNED=fAlSe"}) {
        EXPECT_EQ(codeOf(world.get(inClear(), kDoxmHref, {query})), "2.05") << query;
        const auto reply = multicast(world, {query});
        EXPECT_EQ(codeOf(reply), "2.05");
        EXPECT_FALSE(reply.silent);
    }
    World owned{rfnop};
    EXPECT_EQ(codeOf(owned.get(as(kOwner), kDoxmHref, {"Owned=TRUE"})), "2.05");
}

TEST(Conformance, DX_06_owned_query_mismatch_unicast) {
    World world;
    EXPECT_REFUSED(world, "4.00", world.get(inClear(), kDoxmHref, {"owned=true"}));
    EXPECT_FALSE(world.get(inClear(), kDoxmHref, {"owned=true"}).silent);
}

TEST(Conformance, DX_07_owned_query_mismatch_multicast_silent) {
    World world;
    EXPECT_TRUE(multicast(world, {"owned=true"}).silent);
}

TEST(Conformance, DX_08_owned_query_bad_value) {
    World world;
    for (const char* query : {"owned=tttt", "owned=", "owned", "owned=falsey", "owned=0"}) {
        EXPECT_REFUSED(world, "4.00", world.get(inClear(), kDoxmHref, {query}));
        EXPECT_TRUE(multicast(world, {query}).silent) << query;
    }
}

TEST(Conformance, DX_11_oxmsel_clear_write_ok) {
    World world;
    world.capabilities.oxms = {0, 2};
    for (const int method : {0, 2, 0}) {
        const auto reply = world.post(inClear(), kDoxmHref, cbor::Map{{"oxmsel", method}});
        EXPECT_EQ(codeOf(reply), "2.04");
        EXPECT_FALSE(reply.body);
        EXPECT_EQ(reply.selectedMethod, method);
        EXPECT_EQ(at(world.get(inClear(), kDoxmHref), "oxmsel"), cbor::Value{method});
    }
}

TEST(Conformance, DX_12_oxmsel_unsupported_refused) {
    World world;
    for (const int method : {1, 2, 3, 4, 99, -1, 65280})
        EXPECT_REFUSED(world, "4.00", world.post(inClear(), kDoxmHref, cbor::Map{{"oxmsel", method}}));
    EXPECT_REFUSED(world, "4.00", world.post(inClear(), kDoxmHref, cbor::Map{{"oxmsel", "0"}}));
    EXPECT_REFUSED(world, "4.00", world.post(inClear(), kDoxmHref, cbor::Map{{"oxmsel", cbor::Value{}}}));
}

TEST(Conformance, DX_13_oxmsel_over_doc_refused) {
    World world;
    EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kDoxmHref, cbor::Map{{"oxmsel", 0}}));
}

TEST(Conformance, DX_14_other_props_clear_refused) {
    for (const auto& [property, value] : kOwnerProperties) {
        World world;
        EXPECT_REFUSED(world, "4.00", world.post(inClear(), kDoxmHref, cbor::Map{{property, value}}));
        const cbor::Map mixed{{"oxmsel", 0}, {property, value}};
        EXPECT_REFUSED(world, "4.00", world.post(inClear(), kDoxmHref, mixed));
    }
}

TEST(Conformance, DX_15_props_over_doc_ok) {
    World world;
    for (const auto& [property, value] : kOwnerProperties) {
        EXPECT_EQ(codeOf(world.post(overDoc(), kDoxmHref, cbor::Map{{property, value}})), "2.04");
        EXPECT_EQ(at(world.get(overDoc(), kDoxmHref), property), value) << property;
    }
}

TEST(Conformance, DX_16_readonly_after_rfotm) {
    for (const auto in : kOwnedStates)
        for (const auto& [property, value] : kOwnerProperties) {
            World world{in};
            if (in == sreset && property == "rowneruuid")
                continue; // DX_22
            EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kDoxmHref, cbor::Map{{property, value}}));
            EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kDoxmHref, cbor::Map{{property, value}}));
        }
}

TEST(Conformance, DX_17_sct_oxms_readonly) {
    for (const auto in : {rfotm, rfpro, rfnop, sreset}) {
        World world{in};
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kDoxmHref, cbor::Map{{"sct", 9}}));
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kDoxmHref, cbor::Map{{"oxms", cbor::Array{0}}}));
    }
}

TEST(Conformance, DX_18_unknown_property_refused) {
    World world;
    EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kDoxmHref, cbor::Map{{"rowneruuid", kNewUuid}, {"foo", 1}}));
    for (const char* property : {"rt", "if", "Owned", ""})
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kDoxmHref, cbor::Map{{property, cbor::Array{}}}));
    EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kDoxmHref, cbor::Map{{1, true}}));
}

TEST(Conformance, DX_19_bad_uuid_refused) {
    World world;
    for (const cbor::Value& bad : {cbor::Value{"*"}, cbor::Value{"00bcb47c"}, cbor::Value{copyOf(kOwner.raw())},
                                   cbor::Value{7}, cbor::Value{}, cbor::Value{"00bcb47c-1eb9-4b89-4132-c2d2181ca98g"}})
        for (const char* property : {"deviceuuid", "devowneruuid", "rowneruuid"})
            EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kDoxmHref, cbor::Map{{property, bad}}));
    EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kDoxmHref, cbor::Map{{"owned", 1}}));
}

TEST(Conformance, DX_21_put_delete_not_allowed) {
    World world;
    EXPECT_REFUSED(world, "4.05", world.request(overDoc(), coap::Method::put, kDoxmHref));
    EXPECT_REFUSED(world, "4.05", world.del(overDoc(), kDoxmHref));
    World owned{rfnop};
    EXPECT_REFUSED(owned, "4.01", owned.request(as(kStranger), coap::Method::put, kDoxmHref));
}

TEST(Conformance, DX_22_sreset_rowner_change_by_dots) {
    World world{sreset, true};
    EXPECT_REFUSED(world, "4.01", world.post(as(kCms), kDoxmHref, cbor::Map{{"rowneruuid", kCms.text()}}));
    EXPECT_EQ(codeOf(world.post(as(kOwner), kDoxmHref, cbor::Map{{"rowneruuid", kCms.text()}})), "2.04");
    EXPECT_EQ(world.state.doxm.rowneruuid, kCms);
}

TEST(Doxm, EmptyMapIsASuccessfulNothing) {
    World world;
    const auto reply = world.post(overDoc(), kDoxmHref, cbor::Map{});
    EXPECT_EQ(codeOf(reply), "2.04");
    EXPECT_FALSE(reply.next);
}

TEST(Doxm, PayloadMustBeAMap) {
    World world;
    EXPECT_REFUSED(world, "4.00", world.request(overDoc(), coap::Method::post, kDoxmHref));
    for (const cbor::Value& body : {cbor::Value{}, cbor::Value{cbor::Array{}}, cbor::Value{4}, cbor::Value{"oxmsel"}})
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kDoxmHref, body));
}

TEST(Doxm, SelectingTheSameMethodAgainIsReportedAgain) {
    World world; // a new PIN each time (facts 2.1), though nothing changes
    ASSERT_TRUE(world.post(inClear(), kDoxmHref, cbor::Map{{"oxmsel", 0}}).next);
    const auto again = world.post(inClear(), kDoxmHref, cbor::Map{{"oxmsel", 0}});
    EXPECT_FALSE(again.next);
    EXPECT_EQ(again.selectedMethod, 0);
}

TEST(Doxm, MulticastWritesAreNeverTaken) {
    World world;
    const cbor::Value body{cbor::Map{{"oxmsel", 0}}};
    const auto reply = world.request(inClear(), coap::Method::post, kDoxmHref, &body, {}, true);
    EXPECT_TRUE(reply.silent);
    EXPECT_EQ(world.state.doxm.oxmsel, oxm::self);
}

TEST(Doxm, DeviceuuidFilterSelectsOneDevice) {
    World world;
    const auto own = "deviceuuid=" + world.state.doxm.deviceuuid.text();
    EXPECT_EQ(codeOf(multicast(world, {own})), "2.05");
    EXPECT_TRUE(multicast(world, {"deviceuuid=" + kStranger.text()}).silent);
    EXPECT_TRUE(multicast(world, {"deviceuuid=x"}).silent);
}
