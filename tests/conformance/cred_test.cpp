// /oic/sec/cred over the wire (facts 2.4): what is kept, who may, and that no key ever comes back.

#include "support/messages.h"
#include "support/tested_scene.h"

#include <algorithm>
#include <set>

namespace ocfsecd::test::conformance {

namespace {

cbor::Map post(cbor::Map entry) {
    return {{"creds", cbor::Array{std::move(entry)}}};
}

std::string creds(SimSession& session, std::vector<std::string> query = {}) {
    return cbor::diagnostic(session->get(kCred, std::move(query))["creds"]);
}

} // namespace

TEST(Conformance, CR_01_get_hides_privatedata) {
    Scene scene{Plan::separateServices()};
    scene.own(kRfpro);
    auto& owner = scene.owner();
    const Bytes key32(32, 0xA7);
    const Bytes keyOfText = copyOf(viewOf("a key in base 64"));
    EXPECT_EQ(owner->post(kCred, post(psk(kPairwise, key32))).code, "2.04");
    auto base64 = psk(kPairwise, {});
    base64.back() = {"privatedata", cbor::Map{{"encoding", "oic.sec.encoding.base64"}, {"data", toBase64(keyOfText)}}};
    EXPECT_EQ(owner->post(kCred, post(base64)).code, "2.04");

    owner.messages.clear();
    const auto reply = owner->get(kCred, {"if=oic.if.baseline"});
    ASSERT_EQ(reply.code, "2.05");
    ASSERT_EQ(reply["creds"].array()->size(), 7U);
    Bytes seen = reply.response.payload;
    for (const auto& message : owner.messages)
        seen.insert(seen.end(), message.begin(), message.end());
    EXPECT_FALSE(holds(seen, scene.onboarding.ownerKey()->view()));
    EXPECT_FALSE(holds(seen, key32));
    EXPECT_FALSE(holds(seen, keyOfText));
    EXPECT_FALSE(holds(seen, viewOf(toBase64(keyOfText))));
    for (const auto& who : scene.onboarding.plan().others)
        EXPECT_FALSE(holds(seen, keyOf(who)));
    for (const auto& entry : *reply["creds"].array()) {
        const auto* data = entry.find("privatedata")->find("data");
        ASSERT_NE(data, nullptr);
        EXPECT_TRUE(data->bytes() ? data->bytes()->empty() : data->text() == "");
    }
}

TEST(Conformance, CR_02_add_without_credid) {
    Scene scene;
    scene.own(kRfpro);
    auto& owner = scene.owner();
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(owner->post(kCred, post(psk(kPairwise, keyOf(kPairwise)))).code, "2.04");
    std::set<std::int64_t> ids;
    const auto cred = owner->get(kCred);
    for (const auto& entry : *cred["creds"].array())
        ids.insert(entry.find("credid")->integer().value_or(0));
    EXPECT_EQ(ids.size(), 4U);
    EXPECT_GE(*ids.begin(), 1);
}

TEST(Conformance, CR_04_replace_by_credid) {
    Scene scene;
    scene.own(kRfpro);
    auto& owner = scene.owner();
    auto entry = psk(kPairwise, keyOf(kPairwise));
    entry.emplace_back("credid", 55);
    entry.emplace_back("tag", "first");
    EXPECT_EQ(owner->post(kCred, post(entry)).code, "2.04");
    EXPECT_NE(creds(owner, {"credid=55"}).find("first"), std::string::npos);
    const Bytes newKey(16, 0x42);
    auto other = psk(kPairwise, newKey);
    other.emplace_back("credid", 55);
    EXPECT_EQ(owner->post(kCred, post(other)).code, "2.04");
    EXPECT_EQ(creds(owner, {"credid=55"}).find("first"), std::string::npos) << "replaced completely";
    EXPECT_FALSE(scene.tool.connectPsk(kPairwise, keyOf(kPairwise)).established());
    EXPECT_TRUE(scene.tool.connectPsk(kPairwise, newKey).established());
}

TEST(Conformance, CR_07_rowner_refused_in_rfpro) {
    for (const auto in : {kRfpro, kRfnop}) {
        Scene scene;
        scene.own(in);
        EXPECT_EQ(scene.owner()->post(kCred, cbor::Map{{"rowneruuid", kAms.text()}}).code, "4.00");
        EXPECT_EQ(scene.owner()->get(kCred).text("rowneruuid"), kOwner.text());
    }
}

TEST(Conformance, CR_08_creds_refused_in_rfnop) {
    Scene scene;
    scene.own(kRfnop);
    const auto before = scene.device.everything();
    EXPECT_EQ(scene.owner()->post(kCred, post(psk(kPairwise, keyOf(kPairwise)))).code, "4.00");
    EXPECT_TRUE(scene.device.everything() == before);
}

TEST(Conformance, CR_10_psk_base64_decoded) {
    Scene scene;
    scene.own(kRfpro);
    auto entry = psk(kPairwise, {});
    entry.back() = {"privatedata",
                    cbor::Map{{"encoding", "oic.sec.encoding.base64"}, {"data", toBase64(keyOf(kPairwise))}}};
    EXPECT_EQ(scene.owner()->post(kCred, post(entry)).code, "2.04");
    EXPECT_TRUE(scene.tool.connectPsk(kPairwise, keyOf(kPairwise)).established());
}

TEST(Conformance, CR_17_all_or_nothing) {
    Scene scene;
    scene.own(kRfpro);
    const auto before = scene.device.everything();
    const cbor::Array both{psk(kPairwise, keyOf(kPairwise)), psk(kAms, Bytes(15, 1))};
    EXPECT_EQ(scene.owner()->post(kCred, cbor::Map{{"creds", both}}).code, "4.00");
    EXPECT_TRUE(scene.device.everything() == before);
    EXPECT_FALSE(scene.tool.connectPsk(kPairwise, keyOf(kPairwise)).established());
}

TEST(Conformance, CR_19_delete_by_credid) {
    Scene scene;
    scene.own(kRfpro);
    auto& owner = scene.owner();
    auto entry = psk(kPairwise, keyOf(kPairwise));
    entry.emplace_back("credid", 55);
    EXPECT_EQ(owner->post(kCred, post(entry)).code, "2.04");
    EXPECT_TRUE(scene.tool.connectPsk(kPairwise, keyOf(kPairwise)).established());
    EXPECT_EQ(owner->del(kCred, {"credid=55"}).code, "2.02");
    EXPECT_EQ(creds(owner, {"credid=55"}), "[]");
    EXPECT_FALSE(scene.tool.connectPsk(kPairwise, keyOf(kPairwise)).established());
}

TEST(Conformance, CR_22_delete_all) {
    Scene scene{Plan::separateServices()};
    scene.own(kRfpro);
    auto& owner = scene.owner();
    EXPECT_EQ(owner->del(kCred).code, "2.02");
    EXPECT_EQ(creds(owner), "[]");
    EXPECT_EQ(owner->setState(3).code, "4.00") << "facts 5.5: RFNOP needs a credential for each owner";
}

TEST(Conformance, CR_23_delete_refused_in_rfnop) {
    Scene scene;
    scene.own(kRfnop);
    const auto before = scene.device.everything();
    auto& owner = scene.owner();
    EXPECT_EQ(owner->del(kCred).code, "4.03");
    EXPECT_EQ(owner->del(kCred, {"subjectuuid=" + kOwner.text()}).code, "4.03");
    EXPECT_TRUE(scene.device.everything() == before);
}

TEST(Conformance, CR_25_clear_access_denied) {
    Scene unowned;
    EXPECT_EQ(unowned.other->get(kCred).code, "4.01");
    unowned.onboarding.steps("cd");
    EXPECT_EQ(unowned.other->get(kCred).code, "4.01");
    for (const auto in : kOwnedStates) {
        Scene scene;
        scene.own(in);
        EXPECT_EQ(scene.other->get(kCred).code, "4.01");
        EXPECT_EQ(scene.other->del(kCred).code, "4.01");
        EXPECT_EQ(scene.other->post(kCred, post(psk(kPairwise, keyOf(kPairwise)))).code, "4.01");
    }
}

TEST(Conformance, CR_26_text_string_key_tolerated) {
    Scene scene;
    scene.own(kRfpro);
    const Bytes key(16, 0xFF); // no UTF-8
    auto entry = psk(kPairwise, {});
    entry.back() = {"privatedata", cbor::Map{{"encoding", "oic.sec.encoding.raw"}, {"data", cbor::Text{key}}}};
    EXPECT_EQ(scene.owner()->post(kCred, post(entry)).code, "2.04");
    EXPECT_TRUE(scene.tool.connectPsk(kPairwise, key).established());
}

} // namespace ocfsecd::test::conformance
