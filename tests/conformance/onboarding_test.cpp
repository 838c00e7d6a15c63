// The whole way of an ownership, over the wire (facts 4.1, 4.2, 5).

#include "scene.h"

namespace ocfsecd::test {

TEST(Conformance, SM_06_rfotm_to_rfpro_ok) {
    Scene scene;
    scene.onboarding.steps(kToOwned);
    const auto pstat = scene.onboarding.doc()->get(kPstat);
    EXPECT_EQ(pstat.code, "2.05");
    EXPECT_EQ(pstat["dos"].find("s")->integer(), 2);
    EXPECT_EQ(pstat["isop"].boolean(), false);
    EXPECT_EQ(pstat["cm"].integer(), 0);
}

TEST(Conformance, SM_07_rfpro_to_rfnop_ok) {
    Scene scene;
    scene.onboarding.steps(kToOwned);
    scene.onboarding.steps("no");
    const auto pstat = scene.onboarding.doc()->get(kPstat);
    EXPECT_EQ(pstat["dos"].find("s")->integer(), 3);
    EXPECT_EQ(pstat["isop"].boolean(), true);
}

TEST(Conformance, OC_01_derive_justworks) {
    Scene scene;
    scene.own();
    auto& session = scene.owner();
    EXPECT_EQ(session->get(kPstat)["dos"].find("s")->integer(), 3);
    EXPECT_EQ(scene.device.count(ocf::Event::Kind::ownerCredentialEstablished), 1U);
}

} // namespace ocfsecd::test
