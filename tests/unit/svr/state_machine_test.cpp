#include "svr/state_machine.h"

#include "svr/tables.h"
#include "world.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;

namespace {

/// A credential the manufacturer installed.
Credential manufacturers(std::uint32_t id, std::string usage) {
    Credential out;
    out.id = CredId{id};
    out.type = credtype::asymmetricSigningWithCertificate;
    out.usage = std::move(usage);
    out.publicData = PublicData{Encoding::pem, "-----BEGIN CERTIFICATE-----\n"};
    return out;
}

void expectResetFrom(OnboardingState from) {
    World world{from};
    const auto reply = world.setState(as(kOwner), 0);
    EXPECT_EQ(codeOf(reply), "2.04");
    EXPECT_TRUE(reply.resetRequested);
    EXPECT_TRUE(reply.transition);
    EXPECT_EQ(world.state.pstat.state, reset);
    world.finishReset();
    EXPECT_EQ(world.state.pstat.state, rfotm);
    EXPECT_FALSE(world.state.doxm.owned);
}

void expectOk(OnboardingState from, int to, bool isop, int cm) {
    World world{from};
    const auto reply = world.setState(as(kOwner), to);
    EXPECT_EQ(codeOf(reply), "2.04");
    EXPECT_TRUE(reply.transition);
    EXPECT_FALSE(reply.body);
    const auto pstat = world.get(as(kOwner), kPstatHref);
    EXPECT_EQ(at(pstat, "dos"), cbor::Value(cbor::Map{{"s", to}, {"p", false}}));
    EXPECT_EQ(at(pstat, "isop"), cbor::Value{isop});
    EXPECT_EQ(at(pstat, "cm"), cbor::Value{cm});
    EXPECT_EQ(at(pstat, "tm"), cbor::Value{0});
}

/// RFPRO is refused once `spoil` has taken one precondition away.
template <class Spoil>
void expectRfproNeeds(Spoil spoil, std::string_view word) {
    World whole{rfotm};
    EXPECT_EQ(codeOf(whole.setState(overDoc(), 2)), "2.04");
    World world{rfotm};
    spoil(world.state);
    EXPECT_REFUSED(world, "4.00", world.setState(overDoc(), 2));
    const auto failure = checkTransition(world.state, rfotm, rfpro).failure();
    EXPECT_EQ(failure.reason, Reason::precondition);
    EXPECT_NE(failure.what.find(word), std::string::npos) << failure.what;
}

} // namespace

TEST(Conformance, SM_01_first_boot_enters_rfotm) {
    World world;
    const auto pstat = world.get(inClear(), kPstatHref);
    EXPECT_EQ(codeOf(pstat), "2.05");
    EXPECT_EQ(at(pstat, "dos"), cbor::Value(cbor::Map{{"s", 1}, {"p", false}}));
    EXPECT_EQ(at(pstat, "isop"), cbor::Value{false});
    EXPECT_EQ(at(pstat, "cm"), cbor::Value{2});
    EXPECT_EQ(at(pstat, "tm"), cbor::Value{0});
    EXPECT_EQ(at(pstat, "om"), cbor::Value{4});
    EXPECT_EQ(at(pstat, "sm"), cbor::Value{4});
}

TEST(Conformance, SM_02_reset_from_rfotm_over_doc) {
    World world;
    const auto before = world.state.doxm.deviceuuid;
    const auto reply = world.setState(overDoc(), 0);
    EXPECT_EQ(codeOf(reply), "2.04");
    EXPECT_TRUE(reply.resetRequested);
    world.finishReset();
    EXPECT_EQ(world.state.pstat.state, rfotm);
    EXPECT_NE(world.state.doxm.deviceuuid, before);
}

TEST(Conformance, SM_03_reset_from_rfpro) {
    expectResetFrom(rfpro);
}
TEST(Conformance, SM_04_reset_from_rfnop) {
    expectResetFrom(rfnop);
}
TEST(Conformance, SM_05_reset_from_sreset) {
    expectResetFrom(sreset);
}

TEST(Conformance, SM_06_rfotm_to_rfpro_ok) {
    World world{rfotm};
    const auto reply = world.setState(overDoc(), 2);
    EXPECT_EQ(codeOf(reply), "2.04");
    EXPECT_TRUE(reply.transition);
    EXPECT_EQ(world.state.pstat.state, rfpro);
    EXPECT_FALSE(world.state.pstat.isop);
    EXPECT_EQ(world.state.pstat.cm, 0);
}

TEST(Conformance, SM_07_rfpro_to_rfnop_ok) {
    expectOk(rfpro, 3, true, 0);
}
TEST(Conformance, SM_08_rfnop_to_rfpro_ok) {
    expectOk(rfnop, 2, false, 0);
}
TEST(Conformance, SM_09_rfpro_to_sreset_ok) {
    expectOk(rfpro, 4, false, 1);
}
TEST(Conformance, SM_10_rfnop_to_sreset_ok) {
    expectOk(rfnop, 4, false, 1);
}
TEST(Conformance, SM_11_sreset_to_rfpro_ok) {
    expectOk(sreset, 2, false, 0);
}

TEST(Conformance, SM_12_rfotm_to_rfnop_refused) {
    World world{rfotm};
    ASSERT_TRUE(readyForRfpro(world.state));
    EXPECT_REFUSED(world, "4.00", world.setState(overDoc(), 3));
}

TEST(Conformance, SM_13_rfotm_to_sreset_refused) {
    World world{rfotm};
    EXPECT_REFUSED(world, "4.00", world.setState(overDoc(), 4));
}

TEST(Conformance, SM_14_owned_to_rfotm_refused) {
    for (const auto from : kOwnedStates) {
        World world{from};
        EXPECT_REFUSED(world, "4.00", world.setState(as(kOwner), 1));
    }
}

TEST(Conformance, SM_15_sreset_to_rfnop_refused) {
    World world{sreset};
    EXPECT_REFUSED(world, "4.00", world.setState(as(kOwner), 3));
}

TEST(Conformance, SM_16_same_state_is_noop) {
    for (const auto from : kOwnedStates) {
        World world{from};
        const auto before = world.state;
        const auto reply = world.setState(as(kOwner), static_cast<int>(from));
        EXPECT_EQ(codeOf(reply), "2.04");
        EXPECT_FALSE(reply.next);
        EXPECT_FALSE(reply.transition);
        EXPECT_TRUE(world.state == before);
    }
}

TEST(Conformance, SM_17_out_of_range_state_refused) {
    for (const int s : {5, -1, 255}) {
        World world{rfnop};
        EXPECT_REFUSED(world, "4.00", world.setState(as(kOwner), s));
    }
    World world{rfnop};
    for (const cbor::Value& s :
         {cbor::Value{cbor::Oversized{}}, cbor::Value{"3"}, cbor::Value{3.0}, cbor::Value{}, cbor::Value{true}})
        EXPECT_REFUSED(world, "4.00", world.post(as(kOwner), kPstatHref, cbor::Map{{"dos", cbor::Map{{"s", s}}}}));
}

TEST(Conformance, SM_18_rfpro_needs_owned) {
    expectRfproNeeds([](DeviceState& s) { s.doxm.owned = false; }, "doxm.owned");
}
TEST(Conformance, SM_19_rfpro_needs_devowneruuid) {
    expectRfproNeeds([](DeviceState& s) { s.doxm.devowneruuid = {}; }, "doxm.devowneruuid");
}
TEST(Conformance, SM_20_rfpro_needs_doxm_rowner) {
    expectRfproNeeds([](DeviceState& s) { s.doxm.rowneruuid = {}; }, "doxm.rowneruuid");
}
TEST(Conformance, SM_21_rfpro_needs_acl2_rowner) {
    expectRfproNeeds([](DeviceState& s) { s.acl2.rowneruuid = {}; }, "acl2.rowneruuid");
}
TEST(Conformance, SM_22_rfpro_needs_pstat_rowner) {
    expectRfproNeeds([](DeviceState& s) { s.pstat.rowneruuid = {}; }, "pstat.rowneruuid");
}
TEST(Conformance, SM_23_rfpro_needs_cred_rowner) {
    expectRfproNeeds([](DeviceState& s) { s.cred.rowneruuid = {}; }, "cred.rowneruuid");
}

TEST(Conformance, SM_24_rfpro_needs_cred_for_each_rowner) {
    expectRfproNeeds([](DeviceState& s) { s.acl2.rowneruuid = kAms; }, "acl2.rowneruuid");
    expectRfproNeeds([](DeviceState& s) { s.cred.rowneruuid = kCms; }, "cred.rowneruuid");
    expectRfproNeeds([](DeviceState& s) { s.pstat.rowneruuid = kPstatOwner; }, "pstat.rowneruuid");
    expectRfproNeeds([](DeviceState& s) { s.cred.creds.clear(); }, "doxm.rowneruuid");
}

TEST(Conformance, SM_25_wildcard_cred_does_not_satisfy_rowner) {
    expectRfproNeeds(
        [](DeviceState& s) {
            s.acl2.rowneruuid = kAms;
            s.cred.creds.push_back(manufacturers(7, "oic.sec.cred.trustca"));
        },
        "acl2.rowneruuid");
    // … while a certificate for that very subject does, whatever its usage (facts 1.4).
    World world{rfotm};
    world.state.acl2.rowneruuid = kAms;
    world.state.cred.creds.push_back(manufacturers(7, "oic.sec.cred.trustca"));
    world.state.cred.creds.back().subject = kAms;
    EXPECT_TRUE(readyForRfpro(world.state));
}

TEST(Conformance, SM_26_failed_transition_leaves_state) {
    World world;
    const cbor::Map body{{"om", 4}, {"tm", 8}, {"rowneruuid", kOwner.text()}, {"dos", cbor::Map{{"s", 2}}}};
    EXPECT_REFUSED(world, "4.00", world.post(overDoc(), kPstatHref, body));
}

TEST(Conformance, SM_27_pending_flag_during_reset) {
    World world{rfnop};
    ASSERT_EQ(codeOf(world.setState(as(kOwner), 0)), "2.04");
    EXPECT_EQ(world.state.pstat.state, reset);
    EXPECT_TRUE(world.state.pstat.pending);
    EXPECT_FALSE(world.state.pstat.isop);
    EXPECT_EQ(world.state.pstat.cm, 1);
    EXPECT_EQ(world.state.pstat.tm, 2);
    EXPECT_TRUE(needsReset(world.state));
    EXPECT_REFUSED(world, "4.01", world.setState(as(kOwner), 0));
    // The resource itself refuses too, whoever asks it.
    const cbor::Value body{cbor::Map{{"dos", cbor::Map{{"s", 0}}}}};
    const Call call{coap::Method::post, {}, &body, as(kOwner), false, {}};
    const auto reply = handle(world.state, kPstatHref, call, world.random, world.capabilities);
    ASSERT_TRUE(reply.failure);
    EXPECT_EQ(reply.failure->reason, Reason::busy);
    EXPECT_FALSE(reply.resetRequested);
}

TEST(Conformance, SM_29_reset_values_doxm) {
    World world{rfnop};
    world.finishReset();
    const auto doxm = world.get(inClear(), kDoxmHref);
    const auto nil = cbor::Value{"00000000-0000-0000-0000-000000000000"};
    EXPECT_EQ(at(doxm, "owned"), cbor::Value{false});
    EXPECT_EQ(at(doxm, "devowneruuid"), nil);
    EXPECT_EQ(at(doxm, "rowneruuid"), nil);
    EXPECT_EQ(at(doxm, "oxmsel"), cbor::Value{4});
}

TEST(Conformance, SM_30_reset_new_deviceuuid) {
    World world{rfnop};
    const auto device = world.state.doxm.deviceuuid, piid = world.state.piid;
    world.finishReset();
    const auto text = world.state.doxm.deviceuuid.text();
    EXPECT_NE(world.state.doxm.deviceuuid, device);
    EXPECT_EQ(text[14], '4');
    EXPECT_NE(std::string_view{"89ab"}.find(text[19]), std::string_view::npos);
    EXPECT_FALSE(world.state.doxm.deviceuuid.hasZeroOctet()); // facts L2.4: ours survive C strings
    EXPECT_NE(world.state.piid, piid);
    const auto first = world.state.doxm.deviceuuid;
    world.finishReset();
    EXPECT_NE(world.state.doxm.deviceuuid, first);
}

TEST(Conformance, SM_31_reset_values_pstat) {
    World world{rfnop};
    world.state.pstat.om = 1;
    world.state.pstat.tm = 8;
    world.finishReset();
    EXPECT_TRUE(world.state.pstat == Pstat{}); // the defaults of state.h, checked one by one in SM_01
    EXPECT_TRUE(world.state.pstat.rowneruuid.isNil());
}

TEST(Conformance, SM_32_reset_clears_acl2) {
    World world{rfnop};
    world.state.acl2.aclist2.push_back({AceId{1}, ConnType::authCrypt, {{"/light", std::nullopt}}, 2, ""});
    world.finishReset();
    const auto acl2 = world.get(overDoc(), kAcl2Href);
    EXPECT_EQ(at(acl2, "aclist2"), cbor::Value{cbor::Array{}});
    EXPECT_EQ(at(acl2, "rowneruuid"), cbor::Value{Uuid{}.text()});
}

TEST(Conformance, SM_33_reset_keeps_only_mfg_creds) {
    World world{rfnop};
    world.capabilities.manufacturerCredentials = {manufacturers(10, "oic.sec.cred.mfgcert"),
                                                  manufacturers(11, "oic.sec.cred.mfgtrustca")};
    world.state.cred.creds.push_back(pskFor(kStranger, 2));
    for (const char* usage :
         {"oic.sec.cred.mfgcert", "oic.sec.cred.cert", "oic.sec.cred.rolecert", "oic.sec.cred.trustca"})
        world.state.cred.creds.push_back(
            manufacturers(static_cast<std::uint32_t>(world.state.cred.creds.size()) + 20, usage));
    world.finishReset();
    EXPECT_EQ(world.state.cred.creds, world.capabilities.manufacturerCredentials);
    EXPECT_TRUE(world.state.cred.rowneruuid.isNil());
}

TEST(Conformance, SM_41_sreset_keeps_ownership) {
    World world{rfnop, true};
    const auto before = world.state;
    ASSERT_EQ(codeOf(world.setState(as(kOwner), 4)), "2.04");
    EXPECT_TRUE(world.state.doxm == before.doxm);
    EXPECT_TRUE(world.state.cred == before.cred);
    EXPECT_TRUE(world.state.acl2 == before.acl2);
    EXPECT_EQ(world.state.piid, before.piid);
}

TEST(Conformance, SM_47_unowned_store_forces_reset) {
    for (const auto in : kOwnedStates) {
        World world{in};
        EXPECT_FALSE(needsReset(world.state));
        world.state.doxm.owned = false; // … beside an owner's credentials
        EXPECT_TRUE(needsReset(world.state));
    }
    EXPECT_TRUE(needsReset(World{rfotm}.state));
    EXPECT_TRUE(needsReset(enterReset(World{rfnop}.state)));
    World world{rfnop};
    world.state.doxm.devowneruuid = {};
    EXPECT_TRUE(needsReset(world.state));
}

TEST(StateMachine, SresetRepairsWithBrokenOwners) {
    World world{rfnop};
    world.state.acl2.rowneruuid = kAms; // nobody has a credential for it
    EXPECT_FALSE(checkTransition(world.state, rfnop, rfpro));
    EXPECT_TRUE(checkTransition(world.state, rfnop, sreset));
    world.state.doxm.devowneruuid = {};
    EXPECT_FALSE(checkTransition(world.state, rfnop, sreset));
}

TEST(StateMachine, RfnopNeedsWhatRfproNeeds) {
    World world{rfpro};
    world.state.cred.creds.clear();
    EXPECT_REFUSED(world, "4.00", world.setState(as(kOwner), 3));
}

TEST(StateMachine, UpdateBitsSurviveATransition) {
    DeviceState state;
    state.pstat.cm = 0xFF;
    state.pstat.tm = 0x40;
    const auto next = enter(state, sreset);
    EXPECT_EQ(next.pstat.cm, 0xC1);
    EXPECT_EQ(next.pstat.tm, 0x40);
}

TEST(StateMachine, PreconditionsSeeTheRestOfTheSamePost) {
    World world{rfotm};
    world.state.pstat.rowneruuid = {};
    const cbor::Map body{{"dos", cbor::Map{{"s", 2}}}, {"rowneruuid", kOwner.text()}, {"tm", 8}};
    EXPECT_EQ(codeOf(world.post(overDoc(), kPstatHref, body)), "2.04");
    EXPECT_EQ(world.state.pstat.state, rfpro);
    EXPECT_EQ(world.state.pstat.rowneruuid, kOwner);
    EXPECT_EQ(world.state.pstat.tm, 0) << "the values of entering a state win";
}

TEST(StateMachine, ResetTakesTheConfiguredNameAndOffersNoOldMethod) {
    World world{rfnop};
    world.state.name = "Grandmother's kitchen";
    world.finishReset();
    EXPECT_EQ(world.state.name, world.capabilities.name);
    EXPECT_EQ(world.state.doxm.oxmsel, oxm::self);
}
