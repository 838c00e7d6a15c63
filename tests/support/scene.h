#pragma once
// A device, the tool that owns it and a bystander, on one simulated network.

#include "onboarding.h"

#include <gtest/gtest.h>

namespace ocfsecd::test {

inline constexpr std::string_view kToOwned = "cdefghijlm"; ///< facts 4.2 up to RFPRO
inline constexpr auto kRfotm = svr::OnboardingState::rfotm, kRfpro = svr::OnboardingState::rfpro,
                      kRfnop = svr::OnboardingState::rfnop, kSreset = svr::OnboardingState::sreset,
                      kReset = svr::OnboardingState::reset;
inline constexpr svr::OnboardingState kOwnedStates[] = {kRfpro, kRfnop, kSreset};

/// `Device` is SimDevice, or TestedDevice where the same test also runs against the daemon.
template <class Device>
struct SceneOf {
    explicit SceneOf(Plan plan = {}, ocf::DeviceSettings settings = {})
        : device{network, std::move(settings)}, onboarding{tool, std::move(plan)} {}

    /// Owned, in `to`, with the onboarding connection closed.
    void own(svr::OnboardingState to = kRfnop) {
        onboarding.steps(kToOwned);
        onboarding.steps("n");
        if (to == kRfnop)
            onboarding.steps("o");
        onboarding.doc().close();
        if (to == kSreset) {
            EXPECT_EQ(owner()->setState(4).code, "2.04");
        }
        ASSERT_EQ(device.dos(), to);
    }
    /// A new session with the owner credential.
    SimSession& owner() { return as(onboarding.plan().owner); }
    /// A new session of somebody who has a credential.
    SimSession& as(const Uuid& who) {
        const auto key = who == onboarding.plan().owner ? copyOf(onboarding.ownerKey()->view()) : keyOf(who);
        auto& session = tool.connectPsk(who, key);
        EXPECT_TRUE(session.established());
        return session;
    }
    /// Until a RESET that has begun is over.
    void waitForRfotm() {
        EXPECT_TRUE(network.until([this] { return device.dos() == kRfotm && !device.pending(); }, 10s));
        network.settle();
    }

    Network network;
    Device device;
    SimPeer tool{network, Address::v4({192, 0, 2, 1}, 0), device.clear(), device.secure()};
    SimPeer other{network, Address::v4({192, 0, 2, 2}, 0), device.clear(), device.secure()};
    JustWorks onboarding;
};

using Scene = SceneOf<SimDevice>;

} // namespace ocfsecd::test
