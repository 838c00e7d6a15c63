// The manufacturer certificate owner transfer method over the wire (facts 4.4, 5.2).

#include "support/tested_scene.h"
#include "svr/owner_credential.h"

#include <algorithm>

namespace ocfsecd::test::conformance {

namespace {

Plan certificatePlan(dtls::Suite suite = dtls::Suite::ecdheEcdsaAes128Ccm8) {
    Plan plan;
    plan.method = svr::oxm::manufacturerCertificate;
    plan.suite = suite;
    return plan;
}

cbor::Array methodsOf(SimPeer& peer) {
    return *peer->get(kDoxm)["oxms"].array();
}
bool offers(const cbor::Array& methods, int method) {
    return std::ranges::find(methods, cbor::Value{method}) != methods.end();
}

/// Handshake types of the plain text part of a session's datagrams (RFC 6347 section 4.2.2): the first octet of each
/// handshake record's fragment.
std::vector<int> handshakeTypes(const SimSession& session) {
    std::vector<int> out;
    for (const auto& datagram : session.datagrams) {
        Reader records{datagram};
        while (records.left() >= 13) {
            const auto type = records.u8();
            records.u16();
            const auto epoch = records.u16();
            records.take(6);
            const auto fragment = records.take(records.u16());
            if (type == 22 && epoch == 0 && !fragment.empty())
                out.push_back(fragment.front());
        }
    }
    return out;
}

} // namespace

TEST(Conformance, OT_04_mfg_suites_only) {
    const Maker maker;
    for (const auto suite : {dtls::Suite::ecdheEcdsaAes128Ccm8, dtls::Suite::ecdheEcdsaAes128Ccm,
                             dtls::Suite::ecdheEcdsaAes256Ccm8, dtls::Suite::ecdheEcdsaAes256Ccm}) {
        CertifiedScene scene{certificatePlan(suite), &maker};
        scene.onboarding.steps("cd");
        EXPECT_EQ(scene.onboarding.doc().dtls().suite(), suite);
    }
    CertifiedScene scene{certificatePlan(), &maker};
    scene.onboarding.steps("c");
    EXPECT_FALSE(scene.tool.connectAnonymously().established());
    EXPECT_FALSE(scene.tool.connectPsk(kOwner, keyOf(kOwner)).established());
    EXPECT_FALSE(scene.tool.connectCertified(nullptr, dtls::Suite::ecdheEcdsaAes128GcmSha256).established());
    EXPECT_EQ(scene.device.dos(), kRfotm) << "none of them began an onboarding connection";
    EXPECT_TRUE(scene.tool.connectCertified(nullptr).established());
}

TEST(Conformance, OT_14_mfg_no_cert_request) {
    const Maker maker;
    CertifiedScene scene{certificatePlan(), &maker};
    scene.onboarding.steps("cd");
    const auto types = handshakeTypes(scene.onboarding.doc());
    EXPECT_EQ(std::ranges::count(types, 11), 1) << "Certificate";
    EXPECT_EQ(std::ranges::count(types, 13), 0) << "CertificateRequest";
    // An owned device does ask (the parser would see it).
    CertifiedScene owned;
    owned.ownCertified();
    EXPECT_EQ(std::ranges::count(handshakeTypes(owned.certified(kOwner)), 13), 1);
}

TEST(Conformance, OT_15_mfg_chain_sent) {
    const Maker maker;
    CertifiedScene scene{certificatePlan(), &maker};
    scene.onboarding.steps("cd");
    EXPECT_EQ(scene.onboarding.doc().dtls().peerChain(), (std::vector{maker.leaf.der, maker.intermediate.der}));
    const std::vector<svr::TrustAnchor> anchors{{*svr::readCertificate(maker.root.der), std::nullopt}};
    EXPECT_TRUE(svr::checkChain(scene.onboarding.doc().dtls().peerChain(),
                                {svr::ChainUse::manufacturer, scene.device.wallTime(), anchors}));
}

TEST(Conformance, OT_16_mfg_not_offered_without_cert) {
    CertifiedScene without;
    EXPECT_FALSE(offers(methodsOf(without.tool), 2));
    EXPECT_EQ(without.tool->post(kDoxm, cbor::Map{{"oxmsel", 2}}).code, "4.00");
    const Maker maker;
    CertifiedScene with{certificatePlan(), &maker};
    EXPECT_TRUE(offers(methodsOf(with.tool), 2));
    auto off = maker.settings();
    off.manufacturerCertificate = false;
    Scene switchedOff{{}, off};
    switchedOff.device.install(maker.key);
    EXPECT_FALSE(offers(methodsOf(switchedOff.tool), 2)) << "by configuration";
}

TEST(Conformance, OC_03_derive_mfgcert_ccm8) {
    const Maker maker;
    CertifiedScene scene{certificatePlan(), &maker};
    scene.own();
    auto& owner = scene.owner();
    EXPECT_EQ(owner->get(kPstat).code, "2.05");
    EXPECT_EQ(dtls::keyBlockSize(dtls::Suite::ecdheEcdsaAes128Ccm8), 40U);
}

TEST(Conformance, OC_04_derive_mfgcert_ccm256) {
    const Maker maker;
    CertifiedScene scene{certificatePlan(dtls::Suite::ecdheEcdsaAes256Ccm), &maker};
    scene.onboarding.steps("cdefghij");
    const auto block = scene.onboarding.doc().dtls().keyBlock();
    ASSERT_TRUE(block);
    EXPECT_EQ(block->size(), 72U);
    scene.onboarding.steps("lm");
    EXPECT_TRUE(scene.owner().established());
    // With the block of a 128-bit suite it would be another key.
    const SecretBytes shorter{block->view().first(40)};
    const auto other = svr::deriveOwnerKey(shorter, "oic.sec.doxm.mfgcert", kOwner, kNewDeviceId);
    EXPECT_FALSE(scene.tool.connectPsk(kOwner, other->view()).established());
}

TEST(ManufacturerCertificate, SurvivesResetAndServesTheNextOwner) {
    const Maker maker;
    CertifiedScene scene{certificatePlan(), &maker};
    scene.own();
    EXPECT_EQ(scene.owner()->setState(0).code, "2.04");
    scene.waitForRfotm();
    scene.own();
    const auto creds = scene.owner()->get(kCred);
    EXPECT_EQ(std::ranges::count_if(*creds["creds"].array(),
                                    [](const auto& entry) {
                                        const auto* usage = entry.find("credusage");
                                        return usage != nullptr && usage->text() == "oic.sec.cred.mfgcert";
                                    }),
              1);
    EXPECT_TRUE(scene.owner().established());
}

TEST(ManufacturerCertificate, AFailedSignatureEndsTheOnboarding) {
    const Maker maker;
    CertifiedScene scene{certificatePlan(), &maker};
    const auto temporary = scene.device.deviceId();
    scene.onboarding.steps("c");
    scene.device.takeTpmAway();
    EXPECT_FALSE(scene.tool.connectCertified(nullptr).established());
    scene.device.bringTpmBack();
    scene.waitForRfotm();
    EXPECT_NE(scene.device.deviceId(), temporary) << "as any failed handshake (facts 4.1 D5)";
    if (const auto* inside = scene.device.insideIfThere()) {
        EXPECT_GE(inside->count(ocf::Event::Kind::handshakeFailed), 1U);
    }
}

} // namespace ocfsecd::test::conformance
