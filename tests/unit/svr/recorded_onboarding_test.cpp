// Whole onboardings with the payloads as real tools send them, through access decision and resources.

#include "svr/phase.h"
#include "svr/tables.h"
#include "world.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;

namespace {

// The reference tool's POSTs of a recorded Just Works onboarding, indefinite lengths and all (facts 4.2, steps c–o).
constexpr std::string_view kSelect = "bf666f786d73656c00ff";
constexpr std::string_view kOm = "bf626f6d04ff";
constexpr std::string_view kDevowner =
    "bf6c6465766f776e657275756964782430306263623437632d316562392d346238392d343133322d633264323138316361393834ff";
constexpr std::string_view kDeviceuuid =
    "bf6a64657669636575756964782461623033343962662d326630382d346564392d356134622d356436393631636563366131ff";
constexpr std::string_view kRowner =
    "bf6a726f776e657275756964782430306263623437632d316562392d346238392d343133322d633264323138316361393834ff";
constexpr std::string_view kCreds =
    "bf6563726564739fbf686372656474797065016b7375626a65637475756964782430306263623437632d316562392d346238392d343133322d"
    "633264323138"
    "316361393834"
    "6b7072697661746564617461bf68656e636f64696e67746f69632e7365632e656e636f64696e672e726177646461746140ffffff"
    "6a726f776e657275756964782430306263623437632d316562392d346238392d343133322d633264323138316361393834ff";
constexpr std::string_view kSdi = "bf6475756964782463386462323036392d633164372d346131322d376162352d35613039303636353830"
                                  "6362646e616d65634f42546470726976f4ff";
constexpr std::string_view kOwned = "bf656f776e6564f5ff";
constexpr std::string_view kToRfpro = "bf63646f73bf617302ffff";
constexpr std::string_view kAces = "bf6761636c697374329fbf677375626a656374bf6475756964782430306263623437632d316562392d3"
                                   "46238392d343133322d633264323138316361393834"
                                   "ff697265736f75726365739fbf64687265666b2f6f69632f7365632f7370ffff6a7065726d697373696"
                                   "f6e0effbf677375626a656374bf6475756964782430"
                                   "306263623437632d316562392d346238392d343133322d633264323138316361393834ff697265736f7"
                                   "5726365739fbf64687265666c2f6f69632f7365632f"
                                   "637372ffff6a7065726d697373696f6e02ffbf677375626a656374bf68636f6e6e747970656a616e6f6"
                                   "e2d636c656172ff697265736f75726365739fbf6468"
                                   "726566662f6f69632f64ffbf6468726566662f6f69632f70ffbf6468726566682f6f69632f726573ffb"
                                   "f64687265666c2f6f69632f7365632f736469ffff6a"
                                   "7065726d697373696f6e02ffffff";
constexpr std::string_view kToRfnop = "bf63646f73bf617303ffff";
constexpr std::string_view kKeyBlock = "99bdc068d4d1f0b997831fc5c2bd65b80fcd28e714de918f3a739bde9500ce01e4b8121fb97b3d1"
                                       "b174f050a4694a8527efa0707f6ae11c236da9d2d4a32a017"
                                       "4afc3ceb4c531319b0c27f95295f0c48d760ddbe7f1c29ef44206003d4acd547";
// A pair-wise key (recorded on another device) and an ACE for authenticated peers.
constexpr std::string_view kPairwise = "bf6563726564739fbf686372656474797065016b7375626a6563747575696478243462326330386"
                                       "1322d333339622d346633322d363431632d303131616234"
                                       "303661626639"
                                       "6b7072697661746564617461bf64646174615065a17427ee8c3f5348b92eb4a84ece0168656e636"
                                       "f64696e67746f69632e7365632e656e636f64696e672e72"
                                       "6177ffffffff";
constexpr std::string_view kAuthCrypt = "bf6761636c697374329fbf677375626a656374bf68636f6e6e747970656a617574682d63727970"
                                        "74ff697265736f75726365739fbf6468726566662f6c6967"
                                        "6874ffff6a7065726d697373696f6e06ffffff";

void expectChanged(const Reply& reply) {
    EXPECT_EQ(codeOf(reply), "2.04");
    EXPECT_FALSE(reply.body);
}

/// Steps c–o of facts 4.2.
World onboardedByTheReferenceTool() {
    World world;
    world.keyBlock = *fromHex(kKeyBlock);
    expectChanged(world.postHex(inClear(), kDoxmHref, kSelect));
    const auto doc = overDoc();
    expectChanged(world.postHex(doc, kPstatHref, kOm));
    expectChanged(world.postHex(doc, kDoxmHref, kDevowner));
    EXPECT_EQ(phaseOf(world.state, true), Phase::identified);
    expectChanged(world.postHex(doc, kDoxmHref, kDeviceuuid));
    for (const auto href : {kDoxmHref, kAcl2Href, kPstatHref})
        expectChanged(world.postHex(doc, href, kRowner));
    const auto derived = world.postHex(doc, kCredHref, kCreds);
    expectChanged(derived);
    EXPECT_TRUE(derived.ownerKeyDerived);
    EXPECT_EQ(phaseOf(world.state, true), Phase::credentialEstablished);
    expectChanged(world.postHex(doc, "/oic/sec/sdi", kSdi));
    EXPECT_EQ(world.state.sdi, (Sdi{uuidOf("c8db2069-c1d7-4a12-7ab5-5a09066580cb"), "OBT", false}));
    expectChanged(world.postHex(doc, kDoxmHref, kOwned));
    EXPECT_EQ(phaseOf(world.state, true), Phase::servicesConfigured);
    expectChanged(world.postHex(doc, kPstatHref, kToRfpro));
    EXPECT_EQ(phaseOf(world.state, true), Phase::owned);
    EXPECT_EQ(codeOf(world.del(doc, kAcl2Href)), "2.02");
    expectChanged(world.postHex(doc, kAcl2Href, kAces));
    expectChanged(world.postHex(doc, kPstatHref, kToRfnop));
    return world;
}

} // namespace

TEST(RecordedOnboarding, JustWorksEndsInRfnopWithTheRecordedKey) {
    auto world = onboardedByTheReferenceTool();
    EXPECT_EQ(world.state.pstat.state, rfnop);
    EXPECT_TRUE(world.state.pstat.isop);
    const auto* owner = ownerCredential(world.state);
    ASSERT_NE(owner, nullptr);
    EXPECT_EQ(owner->subject, kOwner);
    EXPECT_EQ(owner->origin, Origin::derived);
    EXPECT_EQ(toHex(owner->key.clear->view()), "75c639eaa63cae811a86c95c6d49da56");
    EXPECT_EQ(world.state.doxm.deviceuuid, kDevice);

    // What those ACEs open, and what not.
    EXPECT_TRUE(decide(world.state, inClear(), targetOf("/oic/res"), coap::Method::get).allowed);
    EXPECT_FALSE(decide(world.state, inClear(), targetOf("/oic/sec/sdi"), coap::Method::get).allowed);
    EXPECT_TRUE(decide(world.state, as(kOwner), targetOf("/oic/sec/sp"), coap::Method::post).allowed);
    EXPECT_FALSE(decide(world.state, as(kOwner), targetOf("/oic/sec/csr"), coap::Method::post).allowed);
    EXPECT_FALSE(decide(world.state, as(kStranger), targetOf("/oic/sec/csr"), coap::Method::get).allowed);
    EXPECT_EQ(codeOf(world.get(as(kOwner), kDoxmHref, {"if=oic.if.baseline"})), "2.05");
}

TEST(RecordedOnboarding, OwnerProvisionsAPairAndAnAceAfterwards) {
    auto world = onboardedByTheReferenceTool();
    const auto owner = as(kOwner);
    expectChanged(world.postHex(owner, kPstatHref, kToRfpro));
    expectChanged(world.postHex(owner, kCredHref, kPairwise));
    expectChanged(world.postHex(owner, kAcl2Href, kAuthCrypt));
    expectChanged(world.postHex(owner, kPstatHref, kToRfnop));
    const auto peer = uuidOf("4b2c08a2-339b-4f32-641c-011ab406abf9");
    ASSERT_NE(findPsk(world.state, peer), nullptr);
    EXPECT_EQ(toHex(findPsk(world.state, peer)->key.clear->view()), "65a17427ee8c3f5348b92eb4a84ece01");
    const Target light{"/light", false, false, true, true, true, true};
    EXPECT_TRUE(decide(world.state, as(peer), light, coap::Method::post).allowed);
    EXPECT_FALSE(decide(world.state, as(peer), light, coap::Method::del).allowed);
    EXPECT_FALSE(decide(world.state, inClear(), light, coap::Method::get).allowed);
    // Its ACEs did not replace the first ones.
    EXPECT_EQ(at(world.get(owner, kAcl2Href), "aclist2").array()->size(), 4U);
}

TEST(RecordedOnboarding, ResetEndsIt) {
    auto world = onboardedByTheReferenceTool();
    const auto before = world.state.doxm.deviceuuid;
    const auto reply = world.setState(as(kOwner), 0);
    EXPECT_TRUE(reply.resetRequested);
    world.finishReset();
    EXPECT_NE(world.state.doxm.deviceuuid, before);
    EXPECT_TRUE(world.state.cred.creds.empty());
    EXPECT_EQ(phaseOf(world.state, false), Phase::idle);
}

TEST(PlgdOnboarding, ExplicitKeyAsTextBeforeTheOwnerIsNamed) {
    World world; // facts 4.3, steps 2–12
    const auto owner = kOwner.text();
    EXPECT_EQ(codeOf(world.get(inClear(), kDoxmHref, {"if=oic.if.baseline"})), "2.05");
    expectChanged(world.post(inClear(), kDoxmHref, cbor::Map{{"oxmsel", 0}}));
    const auto doc = overDoc();
    const auto pstat = world.get(doc, kPstatHref);
    EXPECT_EQ(*at(pstat, "dos").find("s"), cbor::Value{1});
    EXPECT_EQ(*at(pstat, "dos").find("p"), cbor::Value{false});
    EXPECT_EQ(*at(pstat, "sm").integer() & 4, 4);
    expectChanged(world.post(doc, kPstatHref, cbor::Map{{"om", 4}}));
    expectChanged(world.post(doc, kDoxmHref, cbor::Map{{"deviceuuid", world.state.doxm.deviceuuid.text()}}));
    const auto octets = *fromHex("fffe0080c0af0102030405060708090a");
    const cbor::Map psk{{"credtype", 1},
                        {"privatedata", cbor::Map{{"data", cbor::Text{octets}}, {"encoding", "oic.sec.encoding.raw"}}},
                        {"subjectuuid", owner}};
    // On the wire and back: the key is text that is not UTF-8 (facts Q3).
    const auto wire = cbor::encode(cbor::Map{{"creds", cbor::Array{psk}}, {"rowneruuid", owner}});
    expectChanged(world.postHex(doc, kCredHref, toHex(wire)));
    EXPECT_EQ(phaseOf(world.state, true), Phase::credentialEstablished);
    expectChanged(world.post(doc, kDoxmHref, cbor::Map{{"devowneruuid", owner}}));
    EXPECT_EQ(at(world.get(doc, kDoxmHref), "devowneruuid"), cbor::Value{owner});
    expectChanged(world.post(doc, kPstatHref, cbor::Map{{"rowneruuid", owner}}));
    expectChanged(world.post(doc, kAcl2Href, cbor::Map{{"aclist2", cbor::Value{}}, {"rowneruuid", owner}}));
    expectChanged(world.post(doc, kDoxmHref, cbor::Map{{"owned", true}, {"rowneruuid", owner}}));
    expectChanged(world.setState(doc, 2));
    EXPECT_EQ(toHex(findPsk(world.state, kOwner)->key.clear->view()), toHex(octets));

    const auto psk2 = as(kOwner);
    EXPECT_EQ(codeOf(world.del(psk2, kAcl2Href)), "2.02");
    const auto open = [](std::string_view href) { return cbor::Map{{"href", href}, {"if", cbor::Array{"*"}}}; };
    const cbor::Map forOwner{
        {"permission", 31},
        {"resources", cbor::Array{cbor::Map{{"wc", "*"}, {"if", cbor::Array{"*"}}}, open("/oic/mnt")}},
        {"subject", cbor::Map{{"uuid", owner}}}};
    const cbor::Map forAll{
        {"permission", 2},
        {"resources", cbor::Array{open("/oic/d"), open("/oic/p"), open("/oic/res"), open("/oic/sec/doxm")}},
        {"subject", cbor::Map{{"conntype", "anon-clear"}}}};
    expectChanged(world.post(psk2, kAcl2Href, cbor::Map{{"aclist2", cbor::Array{forOwner, forAll}}}));
    expectChanged(world.setState(psk2, 3));
    EXPECT_EQ(codeOf(world.get(inClear(), kDoxmHref)), "4.01"); // facts Q28: stored, without effect
    EXPECT_TRUE(decide(world.state, inClear(), targetOf("/oic/d"), coap::Method::get).allowed);
    // A failed tool gives the device back on the connection it still has (facts 4.3, step 13).
    EXPECT_TRUE(world.setState(doc, 0).resetRequested);
}
