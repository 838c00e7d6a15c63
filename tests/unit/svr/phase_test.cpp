#include "svr/phase.h"

#include "world.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using enum OnboardingState;

TEST(Phase, FollowsTheReferenceToolStepByStep) {
    World world;
    auto& state = world.state;
    EXPECT_EQ(phaseOf(state, false), Phase::idle);
    state.doxm.oxmsel = oxm::justWorks;
    EXPECT_EQ(phaseOf(state, false), Phase::methodSelected);
    EXPECT_EQ(phaseOf(state, true), Phase::connected);
    state.doxm.deviceuuid = kDevice;
    state.doxm.devowneruuid = kOwner;
    EXPECT_EQ(phaseOf(state, true), Phase::identified);
    state.doxm.rowneruuid = state.acl2.rowneruuid = state.pstat.rowneruuid = kOwner;
    EXPECT_EQ(phaseOf(state, true), Phase::identified);
    state.cred.rowneruuid = kOwner;
    state.cred.creds = {pskFor(kOwner, 1)};
    EXPECT_EQ(phaseOf(state, true), Phase::credentialEstablished);
    state.doxm.owned = true;
    EXPECT_EQ(phaseOf(state, true), Phase::servicesConfigured);
    for (const auto in : kOwnedStates)
        for (const bool open : {false, true})
            EXPECT_EQ(phaseOf(enter(state, in), open), Phase::owned);
    EXPECT_EQ(phaseOf(enterReset(state), true), Phase::idle);
}

TEST(Phase, CredentialBeforeOwnerIsTheFurtherOne) {
    World world;
    world.state.doxm.oxmsel = oxm::justWorks;
    world.state.cred.rowneruuid = kOwner;
    world.state.cred.creds = {pskFor(kOwner, 1)};
    EXPECT_EQ(phaseOf(world.state, true), Phase::credentialEstablished);
    world.state.doxm.devowneruuid = kOwner;
    EXPECT_EQ(phaseOf(world.state, true), Phase::credentialEstablished);
}

TEST(Phase, NamesAreThoseOfTheBus) {
    std::string all;
    for (const auto phase : {Phase::idle, Phase::methodSelected, Phase::connected, Phase::identified,
                             Phase::credentialEstablished, Phase::servicesConfigured, Phase::owned})
        all += std::string{nameOf(phase)} + " ";
    EXPECT_EQ(all, "idle method-selected connected identified credential-established services-configured owned ");
}
