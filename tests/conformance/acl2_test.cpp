// /oic/sec/acl2 over the wire (facts 2.5).

#include "support/tested_scene.h"

namespace ocfsecd::test::conformance {

namespace {

cbor::Map aces(cbor::Array list) {
    return {{"aclist2", std::move(list)}};
}

} // namespace

TEST(Conformance, AC_04_subject_uuid_role_conntype) {
    Scene scene{Plan::separateServices()};
    scene.own(kRfpro);
    auto& ams = scene.as(kAms);
    const cbor::Map subjects[] = {toUuid(kPairwise),
                                  {{"role", "oic.role.owner"}},
                                  {{"role", "viewer"}, {"authority", "us"}},
                                  toConnType("auth-crypt"),
                                  toConnType("anon-clear")};
    EXPECT_EQ(ams->del(kAcl2).code, "2.02");
    for (const auto& subject : subjects)
        EXPECT_EQ(ams->post(kAcl2, aces({ace(subject, {href("/oic/d")}, 2)})).code, "2.04");
    const auto acl2 = ams->get(kAcl2);
    ASSERT_EQ(acl2["aclist2"].array()->size(), std::size(subjects));
    for (std::size_t i = 0; i < std::size(subjects); ++i)
        EXPECT_EQ(cbor::diagnostic(*(*acl2["aclist2"].array())[i].find("subject")), cbor::diagnostic(subjects[i]));
}

TEST(Conformance, AC_13_refused_in_rfnop) {
    Scene scene;
    scene.own(kRfnop);
    const auto before = scene.device.everything();
    auto& owner = scene.owner();
    EXPECT_EQ(owner->post(kAcl2, aces({ace(toUuid(kPairwise), {href("/oic/d")}, 2)})).code, "4.00");
    EXPECT_EQ(owner->del(kAcl2).code, "4.03");
    EXPECT_EQ(owner->del(kAcl2, {"aceid=1"}).code, "4.03");
    EXPECT_TRUE(scene.device.everything() == before);
}

TEST(Conformance, AC_14_rowner_refused_in_rfpro) {
    Scene scene;
    scene.own(kRfpro);
    EXPECT_EQ(scene.owner()->post(kAcl2, cbor::Map{{"rowneruuid", kAms.text()}}).code, "4.00");
    EXPECT_EQ(scene.owner()->get(kAcl2).text("rowneruuid"), kOwner.text());
}

TEST(Conformance, AC_16_delete_all) {
    Scene scene;
    scene.own(kRfpro);
    auto& owner = scene.owner();
    EXPECT_FALSE(owner->get(kAcl2)["aclist2"].array()->empty());
    EXPECT_EQ(owner->del(kAcl2).code, "2.02");
    const auto acl2 = owner->get(kAcl2);
    EXPECT_TRUE(acl2["aclist2"].array()->empty());
    EXPECT_EQ(acl2.text("rowneruuid"), kOwner.text());
}

TEST(Conformance, AC_17_all_or_nothing) {
    Scene scene;
    scene.own(kRfpro);
    const auto before = scene.device.everything();
    EXPECT_EQ(scene.owner()
                  ->post(kAcl2, aces({ace(toUuid(kPairwise), {href("/oic/d")}, 2),
                                      ace(toUuid(kPairwise), {href("/oic/p")}, 32)}))
                  .code,
              "4.00");
    EXPECT_TRUE(scene.device.everything() == before);
}

TEST(Conformance, AC_18_validity_supported_or_refused) {
    Scene scene;
    scene.own(kRfpro);
    const auto before = scene.device.everything();
    auto limited = ace(toUuid(kPairwise), {href("/oic/d")}, 2);
    limited.emplace_back("validity", cbor::Array{cbor::Map{{"period", "always"}}});
    EXPECT_EQ(scene.owner()->post(kAcl2, aces({limited})).code, "4.00") << "never ignored";
    EXPECT_TRUE(scene.device.everything() == before);
}

} // namespace ocfsecd::test::conformance
