// Onboarding and life on networks that lose, double and delay.

#include "support/scene.h"

namespace ocfsecd::test {

class LossyNetwork : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(LossyNetwork, OnboardingGetsThrough) {
    Scene scene;
    scene.network.fate = roughNetwork(GetParam(), 10, 10, 20);
    scene.onboarding.steps("cdefghijlmno");
    ASSERT_EQ(scene.device.dos(), kRfnop);
    EXPECT_EQ(scene.device.count(ocf::Event::Kind::owned), 1U);
    EXPECT_EQ(scene.device.vault().counts().transitions, 2U) << "nothing is done twice";
    scene.onboarding.doc().close();
    auto& owner = scene.owner();
    EXPECT_EQ(owner->get(kPstat)["dos"].find("s")->integer(), 3);
    EXPECT_EQ(owner->get(kCred).code, "2.05");
}

TEST_P(LossyNetwork, BlockwiseTransfersGetThrough) {
    Scene scene;
    scene.own(kRfpro);
    auto& owner = scene.owner();
    scene.network.fate = roughNetwork(GetParam(), 5, 5, 10, 100ms);
    cbor::Array creds;
    for (std::uint8_t i = 1; i <= 20; ++i) {
        std::array<std::uint8_t, 16> raw{};
        raw.fill(i);
        auto entry = psk(Uuid{raw}, raw);
        entry.emplace_back("credid", int{i});
        creds.emplace_back(std::move(entry));
    }
    EXPECT_EQ(owner->post(kCred, cbor::Map{{"creds", creds}}).code, "2.04");
    EXPECT_EQ(owner->get(kCred)["creds"].array()->size(), 21U);
}

INSTANTIATE_TEST_SUITE_P(Draws, LossyNetwork, ::testing::Range(std::uint64_t{1}, std::uint64_t{21}));

} // namespace ocfsecd::test
