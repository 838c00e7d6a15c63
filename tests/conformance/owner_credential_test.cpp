// The owner credential over the wire: both sides derive it, the device proves it, it lives and dies with the ownership
// (facts clause 5).

#include "support/messages.h"
#include "support/tested_scene.h"

#include "svr/owner_credential.h"

#include <algorithm>

namespace ocfsecd::test::conformance {

TEST(Conformance, OC_01_derive_justworks) {
    Scene scene;
    scene.own();
    if (const auto* inside = scene.device.insideIfThere()) {
        EXPECT_EQ(inside->count(ocf::Event::Kind::ownerCredentialEstablished), 1U);
    }
    // Both ends prove the key: the handshake's Finished messages hang on it.
    auto& owner = scene.owner();
    EXPECT_EQ(owner.dtls().suite(), dtls::Suite::ecdhePskAes128CbcSha256);
    EXPECT_EQ(owner->get(kPstat).code, "2.05");
    auto wrong = copyOf(scene.onboarding.ownerKey()->view());
    wrong.back() ^= 1;
    EXPECT_FALSE(scene.tool.connectPsk(kOwner, wrong).established());
}

TEST(Conformance, OC_08_uses_new_deviceuuid) {
    Scene scene;
    const auto temporary = scene.device.deviceId();
    scene.onboarding.steps(kToOwned);
    const auto block = scene.onboarding.doc().dtls().keyBlock();
    ASSERT_TRUE(block);
    const auto ofTemporary = svr::deriveOwnerKey(*block, "oic.sec.doxm.jw", kOwner, temporary);
    const auto ofNew = svr::deriveOwnerKey(*block, "oic.sec.doxm.jw", kOwner, kNewDeviceId);
    EXPECT_FALSE(scene.tool.connectPsk(kOwner, ofTemporary->view()).established());
    EXPECT_TRUE(scene.tool.connectPsk(kOwner, ofNew->view()).established());
}

TEST(Conformance, OC_09_rowner_same_post_any_order) {
    for (const bool ownerFirst : {true, false}) {
        Scene scene;
        scene.onboarding.steps("cdfghie"); // with devowneruuid last, it is there anyway
        const std::pair<cbor::Value, cbor::Value> creds{"creds", cbor::Array{emptyPsk(kOwner)}};
        const std::pair<cbor::Value, cbor::Value> owner{"rowneruuid", kOwner.text()};
        const cbor::Map body = ownerFirst ? cbor::Map{owner, creds} : cbor::Map{creds, owner};
        EXPECT_EQ(scene.onboarding.doc()->post(kCred, body).code, "2.04");
        scene.onboarding.steps("lm");
        const auto key =
            svr::deriveOwnerKey(*scene.onboarding.doc().dtls().keyBlock(), "oic.sec.doxm.jw", kOwner, kNewDeviceId);
        EXPECT_TRUE(scene.tool.connectPsk(kOwner, key->view()).established());
    }
}

TEST(Conformance, OC_11_empty_psk_other_subject_refused) {
    Scene scene;
    scene.onboarding.steps("cdefghi");
    EXPECT_EQ(scene.onboarding.doc()->post(kCred, cbor::Map{{"creds", cbor::Array{emptyPsk(kAms)}}}).code, "4.00");
    EXPECT_TRUE(scene.onboarding.doc()->get(kCred)["creds"].array()->empty());
}

TEST(Conformance, OC_12_empty_psk_outside_rfotm_refused) {
    for (const auto in : {kRfpro, kSreset}) {
        Scene scene;
        scene.own(in);
        EXPECT_EQ(scene.owner()->post(kCred, cbor::Map{{"creds", cbor::Array{emptyPsk(kOwner)}}}).code, "4.00");
    }
    Scene scene; // nor on the onboarding connection, once past RFOTM
    scene.onboarding.steps(kToOwned);
    EXPECT_EQ(scene.onboarding.doc()->post(kCred, cbor::Map{{"creds", cbor::Array{emptyPsk(kOwner)}}}).code, "4.00");
}

TEST(Conformance, OC_13_explicit_key_accepted) {
    Scene scene;
    const Bytes key(16, 0x5c);
    // The order of the other client (facts 4.3, step 7): the credential before devowneruuid.
    scene.onboarding.steps("cdf");
    EXPECT_EQ(scene.onboarding.doc()
                  ->post(kCred, cbor::Map{{"rowneruuid", kOwner.text()}, {"creds", cbor::Array{psk(kOwner, key)}}})
                  .code,
              "2.04");
    scene.onboarding.steps("eih");
    EXPECT_EQ(scene.onboarding.doc()->post(kDoxm, cbor::Map{{"rowneruuid", kOwner.text()}, {"owned", true}}).code,
              "2.04");
    scene.onboarding.steps("m");
    // Step 11: a second handshake, from elsewhere, while the onboarding connection is open.
    auto& second = scene.tool.connectPsk(kOwner, key);
    ASSERT_TRUE(second.established());
    EXPECT_EQ(second->del(kAcl2).code, "2.02");
    EXPECT_EQ(second->setState(3).code, "2.04");
    EXPECT_EQ(scene.onboarding.doc()->get(kPstat).code, "2.05") << "the connection keeps its rights";
}

TEST(Conformance, OC_14_empty_base64_text_ok) {
    Scene scene;
    scene.onboarding.steps("cdefghi");
    auto entry = emptyPsk(kOwner);
    entry.back() = {"privatedata", cbor::Map{{"encoding", "oic.sec.encoding.base64"}, {"data", ""}}};
    EXPECT_EQ(scene.onboarding.doc()
                  ->post(kCred, cbor::Map{{"creds", cbor::Array{entry}}, {"rowneruuid", kOwner.text()}})
                  .code,
              "2.04");
    scene.onboarding.steps("lm");
    const auto key =
        svr::deriveOwnerKey(*scene.onboarding.doc().dtls().keyBlock(), "oic.sec.doxm.jw", kOwner, kNewDeviceId);
    EXPECT_TRUE(scene.tool.connectPsk(kOwner, key->view()).established());
}

TEST(Conformance, OC_16_key_not_readable) {
    Scene scene;
    scene.onboarding.steps(kToOwned);
    const auto overDoc = scene.onboarding.doc()->get(kCred);
    EXPECT_EQ(overDoc.code, "2.05");
    EXPECT_FALSE(holds(overDoc.response.payload, scene.onboarding.ownerKey()->view()));
    scene.onboarding.steps("no");
    const auto overSession = scene.owner()->get(kCred);
    EXPECT_EQ(overSession.code, "2.05");
    EXPECT_FALSE(holds(overSession.response.payload, scene.onboarding.ownerKey()->view()));
    ASSERT_FALSE(scene.device.stored().empty());
    EXPECT_FALSE(holds(scene.device.stored(), scene.onboarding.ownerKey()->view())) << "nor on disk";
}

TEST(Conformance, OC_17_survives_rfnop_and_restart) {
    Scene scene;
    scene.own(kRfnop);
    EXPECT_EQ(scene.owner()->get(kPstat).code, "2.05");
    scene.device.restart();
    EXPECT_EQ(scene.owner()->get(kPstat).code, "2.05");
    if (auto* inside = scene.device.insideIfThere()) {
        EXPECT_GE(inside->vault().counts().unseals, 1U) << "from its sealed object";
    }
}

TEST(Conformance, OC_18_survives_sreset) {
    Scene scene;
    scene.own(kSreset);
    EXPECT_EQ(scene.owner()->get(kPstat).code, "2.05");
    scene.device.restart();
    EXPECT_EQ(scene.owner()->get(kPstat).code, "2.05");
}

TEST(Conformance, OC_19_gone_after_reset) {
    Scene scene;
    scene.own(kRfnop);
    const auto old = scene.onboarding.ownerKey();
    EXPECT_EQ(scene.owner()->setState(0).code, "2.04");
    scene.waitForRfotm();
    EXPECT_FALSE(scene.tool.connectPsk(kOwner, old->view()).established());
    // Nor after the next ownership, under the same owner and the same device UUID.
    scene.own(kRfnop);
    EXPECT_FALSE(scene.tool.connectPsk(kOwner, old->view()).established());
    EXPECT_TRUE(scene.owner().established());
}

TEST(Conformance, OC_20_psk_identity_raw_uuid) {
    Scene scene;
    scene.own(kRfnop);
    const auto key = copyOf(scene.onboarding.ownerKey()->view());
    const auto text = kOwner.text();
    EXPECT_TRUE(scene.tool.connect(pskClient(kOwner.raw(), key)).established());
    EXPECT_FALSE(scene.tool.connect(pskClient(viewOf(text), key)).established());
    Bytes longer = copyOf(kOwner.raw());
    longer.push_back(0);
    EXPECT_FALSE(scene.tool.connect(pskClient(longer, key)).established());
    EXPECT_FALSE(scene.tool.connect(pskClient(kOwner.raw().first(15), key)).established());
    // Facts 5.4: the prefix is legal in RFNOP, and only with exactly 16 octets behind it.
    Bytes prefixed = copyOf(viewOf("oic.sec.doxm.rdp:"));
    prefixed.insert(prefixed.end(), kOwner.raw().begin(), kOwner.raw().end());
    EXPECT_TRUE(scene.tool.connect(pskClient(prefixed, key)).established());
    prefixed.push_back(0);
    EXPECT_FALSE(scene.tool.connect(pskClient(prefixed, key)).established());
}

TEST(Conformance, OC_21_psk_hint_raw_uuid) {
    for (const auto* id : {"ab0349bf-2f08-4ed9-5a4b-5d6961cec6a1", "000349bf-2f08-4ed9-5a4b-5d6961cec6a1",
                           "ab0349bf-2f00-4ed9-5a4b-5d6961cec6a1", "ab0349bf-2f08-4ed9-5a4b-5d6961cec600"}) {
        Plan plan;
        plan.device = uuidOf(id);
        Scene scene{plan};
        scene.own(kRfnop);
        Bytes hint;
        auto parameters = pskClient(kOwner.raw(), scene.onboarding.ownerKey()->view());
        parameters.chooseKey = [&hint, choose = parameters.chooseKey](ByteView sent) {
            hint = copyOf(sent);
            return choose(sent);
        };
        auto& session = scene.tool.connect(parameters, 0, true);
        EXPECT_TRUE(session.established()) << id;
        EXPECT_EQ(toHex(hint), toHex(plan.device.raw()));
        // ServerKeyExchange as it was on the wire, in clear: the hint's length, then its 16 octets.
        Bytes expected{0, 16};
        expected.insert(expected.end(), plan.device.raw().begin(), plan.device.raw().end());
        EXPECT_TRUE(std::ranges::any_of(session.datagrams, [&](const auto& d) { return holds(d, expected); })) << id;
    }
}

TEST(Conformance, OC_22_unknown_identity_alert) {
    Scene scene;
    scene.own(kRfnop);
    auto& session = scene.tool.connectPsk(kPairwise, keyOf(kPairwise));
    EXPECT_TRUE(session.closed());
    EXPECT_EQ(session.dtls().closeReason().alert, dtls::alert::unknownPskIdentity);
    if (const auto* inside = scene.device.insideIfThere()) {
        ASSERT_EQ(inside->count(ocf::Event::Kind::handshakeFailed), 1U);
        EXPECT_EQ(inside->events.back().reason, Reason::unknownPskIdentity);
        EXPECT_EQ(faceOf(inside->events.back().reason).event, "AUTH-1");
    }
}

TEST(Conformance, OC_23_owner_identity_grants_owner_rights) {
    Scene scene{Plan::separateServices()};
    scene.own(kRfnop);
    EXPECT_EQ(scene.as(kPairwise)->setState(2).code, "4.01");
    EXPECT_EQ(scene.owner()->setState(2).code, "2.04");
    EXPECT_EQ(scene.device.dos(), kRfpro);
}

} // namespace ocfsecd::test::conformance
