#include "svr/resource.h"

#include "svr/tables.h"
#include "world.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;

namespace {

/// The owner has whatever access an ACE can give it.
World worldIn(OnboardingState in) {
    World world{in};
    std::vector<AceResource> all;
    for (const auto& row : kResources)
        all.push_back({std::string{row.href}, std::nullopt});
    world.state.acl2.aclist2 = {{AceId{1}, kOwner, std::move(all), permission::all, "", {}}};
    return world;
}

} // namespace

TEST(Resource, EveryOneHasBaselineAndRefusesOtherInterfaces) {
    for (const auto& row : kResources) {
        auto world = worldIn(rfnop);
        const auto plain = world.get(as(kOwner), row.href);
        const auto baseline = world.get(as(kOwner), row.href, {"if=oic.if.baseline"});
        EXPECT_EQ(codeOf(baseline), "2.05");
        EXPECT_EQ(at(baseline, "rt"), cbor::Value{cbor::Array{cbor::Value{row.rt}}});
        EXPECT_EQ(at(baseline, "if"), cbor::Value(cbor::Array{"oic.if.rw", "oic.if.baseline"}));
        EXPECT_EQ(at(baseline, "rowneruuid"), at(plain, "rowneruuid"));
        EXPECT_EQ(plain.body->find("rt"), nullptr);
        for (const char* query : {"if=oic.if.s", "if=foo", "if="}) {
            EXPECT_REFUSED(world, "4.00", world.get(as(kOwner), row.href, {query}));
            EXPECT_EQ(world.get(as(kOwner), row.href, {query}).failure->reason, Reason::unsupportedInterface);
            EXPECT_REFUSED(world, (row.methods & methods::post) != 0 ? "4.00" : "4.05",
                           world.post(as(kOwner), row.href, cbor::Map{}, {query}));
        }
    }
}

TEST(Resource, AnotherHrefIsNotFound) {
    World world;
    for (const char* href : {"/oic/sec/", "/oic/sec/nothing", "/oic/sec/doxm/", "/oic/sec/DOXM"})
        EXPECT_REFUSED(world, "4.04", world.get(overDoc(), href));
}

TEST(Resource, MulticastNeverGetsAnError) {
    World world;
    const cbor::Value body{cbor::Map{{"foo", 1}}};
    for (const auto& row : kResources)
        for (const auto method : {coap::Method::get, coap::Method::post, coap::Method::put, coap::Method::del}) {
            const auto reply = world.request(inClear(), method, row.href, &body, {"if=foo"}, true);
            EXPECT_TRUE(reply.silent) << row.href;
            EXPECT_FALSE(reply.next);
        }
}

TEST(Resource, AnswersOfWritesHaveNoPayload) {
    auto world = worldIn(rfpro);
    for (const auto& row : kResources) {
        if ((row.methods & methods::post) == 0)
            continue;
        const auto reply = world.post(as(kOwner), row.href, cbor::Map{});
        EXPECT_TRUE(codeOf(reply) == "2.04" || codeOf(reply) == "4.00") << row.href << ": some want a property";
        EXPECT_FALSE(reply.body);
        EXPECT_FALSE(reply.next) << "an empty map changes nothing";
    }
}
