#include "svr/sdi.h"

#include "world.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;

namespace {

constexpr std::string_view kHref = "/oic/sec/sdi";
const Uuid kDomain = uuidOf("05da9192-e085-45bd-6a1b-f1df980ad9ed");

/// The owner has the access that onboarding tools provision.
World worldIn(OnboardingState in) {
    World world{in};
    world.state.acl2.aclist2 = {{AceId{1}, kOwner, {{std::string{kHref}, std::nullopt}}, 14, "", {}}};
    return world;
}

Caller ownerIn(OnboardingState in) {
    return in == rfotm ? overDoc() : as(kOwner);
}

} // namespace

TEST(Conformance, SD_01_uuid_only_rfotm) {
    const cbor::Map body{{"uuid", kDomain.text()}};
    for (const auto in : kOwnedStates) {
        auto world = worldIn(in);
        EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kHref, body));
        EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kHref, cbor::Map{{"name", "x"}, {"uuid", "y"}}));
    }
    World world;
    EXPECT_REFUSED(world, "4.01", world.post(inClear(), kHref, body));
    EXPECT_EQ(codeOf(world.post(overDoc(), kHref, body)), "2.04");
    EXPECT_EQ(world.state.sdi.uuid, kDomain);
}

TEST(Conformance, SD_02_name_priv_states) {
    for (const auto in : {rfotm, rfpro, sreset}) {
        auto world = worldIn(in);
        EXPECT_EQ(codeOf(world.post(ownerIn(in), kHref, cbor::Map{{"name", "home"}, {"priv", true}})), "2.04");
        EXPECT_EQ(world.state.sdi.name, "home");
        EXPECT_TRUE(world.state.sdi.priv);
        EXPECT_EQ(codeOf(world.post(ownerIn(in), kHref, cbor::Map{{"priv", false}})), "2.04") << "one is enough";
        EXPECT_EQ(world.state.sdi.name, "home");
    }
    auto world = worldIn(rfnop);
    EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kHref, cbor::Map{{"name", "home"}}));
    EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kHref, cbor::Map{{"priv", true}}));
}

TEST(Conformance, SD_06_empty_post_refused) {
    World world;
    EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kHref, cbor::Map{}));
    EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kHref, cbor::Map{{"foo", 1}, {"NAME", "home"}}));
    EXPECT_EQ(codeOf(world.post(overDoc(), kHref, cbor::Map{{"foo", 1}, {"name", "home"}})), "2.04")
        << "unknown ones do not matter";
}

TEST(Conformance, SM_34_reset_sdi_default) {
    World world;
    EXPECT_EQ(
        codeOf(world.post(overDoc(), kHref, cbor::Map{{"uuid", kDomain.text()}, {"name", "home"}, {"priv", true}})),
        "2.04");
    world.prepare();
    EXPECT_EQ(codeOf(world.setState(overDoc(), 2)), "2.04");
    EXPECT_EQ(world.state.sdi.uuid, kDomain);
    EXPECT_EQ(codeOf(world.setState(as(kOwner), 0)), "2.04");
    world.finishReset();
    EXPECT_EQ(diagnosticOf(world.get(overDoc(), kHref)),
              R"({"uuid": "00000000-0000-0000-0000-000000000000", "name": "", "priv": false})");
}

TEST(Sdi, TakesWhatTheReferenceToolSends) {
    World world;
    // Frame 31 of the recorded onboarding with a security domain.
    const auto reply =
        world.postHex(overDoc(), kHref,
                      "bf6475756964782430356461393139322d653038352d343562642d366131622d663164663938306164396564"
                      "646e616d6564686f6d656470726976f4ff");
    EXPECT_EQ(codeOf(reply), "2.04");
    EXPECT_FALSE(reply.body);
    EXPECT_EQ(world.state.sdi, (Sdi{kDomain, "home", false}));
}

TEST(Sdi, RefusesWrongTypes) {
    World world;
    const cbor::Value bad[] = {cbor::Map{{"uuid", "*"}},
                               cbor::Map{{"uuid", cbor::Value{}}},
                               cbor::Map{{"uuid", copyOf(kDomain.raw())}},
                               cbor::Map{{"name", 1}},
                               cbor::Map{{"name", "a\nb"}},
                               cbor::Map{{"name", std::string(kMaxDomainName + 1, 'x')}},
                               cbor::Map{{"priv", 0}},
                               cbor::Map{{"priv", "false"}},
                               cbor::Map{{1, true}},
                               cbor::Array{},
                               cbor::Value{}};
    for (const auto& body : bad)
        EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kHref, body));
    EXPECT_REFUSED(world, "4.05", world.del(overDoc(), kHref));
    EXPECT_EQ(codeOf(world.post(overDoc(), kHref, cbor::Map{{"name", std::string(kMaxDomainName, 'x')}})), "2.04");
}
