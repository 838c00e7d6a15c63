#include "svr/ael.h"

#include "svr/audit_log.h"
#include "world.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;

namespace {

constexpr std::string_view kHref = "/oic/sec/ael";

World worldIn(OnboardingState in) {
    World world{in};
    world.state.acl2.aclist2 = {{AceId{1}, kOwner, {{std::string{kHref}, std::nullopt}}, 14, "", {}}};
    return world;
}

Caller writerIn(OnboardingState in) {
    return in == rfotm ? overDoc() : as(kOwner);
}

} // namespace

TEST(Conformance, AE_01_properties) {
    World world;
    EXPECT_EQ(diagnosticOf(world.get(overDoc(), kHref)),
              R"({"events": [], "usedspace": 0, "maxspace": 2048, "unit": "Byte", "categoryfilter": 255, )"
              R"("priorityfilter": 4})");
    AuditLog log{4096};
    log.add({}, {"AC-1", 1, 2, {}, "Access Denied", {"192.0.2.1:1"}});
    Call call;
    call.audit = &log;
    const auto reply = handleAel(world.state, call);
    ASSERT_EQ(at(reply, "events").array()->size(), 1U);
    EXPECT_EQ(at(reply, "events").array()->front().find("aeid")->text(), "AC-1");
    EXPECT_EQ(at(reply, "usedspace").integer(), static_cast<std::int64_t>(log.usedspace()));
    EXPECT_EQ(at(reply, "maxspace").integer(), 4096);
}

TEST(Conformance, AE_08_readonly_rfnop) {
    auto world = worldIn(rfnop);
    for (const char* property : {"categoryfilter", "priorityfilter"})
        EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kHref, cbor::Map{{property, 1}}));
    for (const auto in : {rfotm, rfpro, sreset}) {
        auto writable = worldIn(in);
        EXPECT_EQ(codeOf(writable.post(writerIn(in), kHref, cbor::Map{{"categoryfilter", 3}, {"priorityfilter", 1}})),
                  "2.04");
        EXPECT_EQ(writable.state.ael, (Ael{3, 1}));
        EXPECT_EQ(codeOf(writable.post(writerIn(in), kHref, cbor::Map{{"priorityfilter", 0}})), "2.04");
        EXPECT_EQ(writable.state.ael, (Ael{3, 0}));
        for (const char* property : {"maxspace", "usedspace", "unit", "events"})
            EXPECT_REFUSED(writable, "4.00", writable.post(writerIn(in), kHref, cbor::Map{{property, 1}}));
    }
}

TEST(Conformance, AE_09_filter_range) {
    World world;
    for (const int good : {0, 1, 128, 255})
        EXPECT_EQ(codeOf(world.post(overDoc(), kHref, cbor::Map{{"categoryfilter", good}})), "2.04");
    for (const int good : {0, 4})
        EXPECT_EQ(codeOf(world.post(overDoc(), kHref, cbor::Map{{"priorityfilter", good}})), "2.04");
    for (const cbor::Value& bad :
         {cbor::Value{256}, cbor::Value{-1}, cbor::Value{"1"}, cbor::Value{1.0}, cbor::Value{}})
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kHref, cbor::Map{{"categoryfilter", bad}}));
    for (const int bad : {5, -1})
        EXPECT_REFUSED(world, "4.00",
                       world.post(overDoc(), kHref, cbor::Map{{"categoryfilter", 1}, {"priorityfilter", bad}}));
}

TEST(Conformance, SM_36_reset_ael_default) {
    auto world = worldIn(rfpro);
    EXPECT_EQ(codeOf(world.post(as(kOwner), kHref, cbor::Map{{"categoryfilter", 0}, {"priorityfilter", 0}})), "2.04");
    EXPECT_EQ(codeOf(world.setState(as(kOwner), 0)), "2.04");
    world.finishReset();
    EXPECT_EQ(world.state.ael, (Ael{255, 4}));
}

TEST(Ael, RefusesWhatIsNoUpdate) {
    World world;
    const cbor::Value bad[] = {cbor::Map{}, cbor::Map{{"foo", 1}}, cbor::Map{{1, 1}}, cbor::Array{}, cbor::Value{}};
    for (const auto& body : bad)
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kHref, body));
    EXPECT_EQ(codeOf(world.post(overDoc(), kHref, cbor::Map{{"foo", 1}, {"priorityfilter", 2}})), "2.04")
        << "unknown members do not matter";
    EXPECT_REFUSED(world, "4.05", world.del(overDoc(), kHref));
    EXPECT_REFUSED(world, "4.01", world.get(inClear(), kHref));
}
