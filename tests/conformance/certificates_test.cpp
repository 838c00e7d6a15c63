// Certificates over the wire: the request for one, sessions with them, what they grant (facts 2.7, 6.4, 6.6).

#include "support/tested_scene.h"

namespace ocfsecd::test::conformance {

namespace {

/// An ACE for a vertical resource does not exist here; /oc/con stands for what only an ACE opens.
const cbor::Array kOpensConTo(const Uuid& peer) {
    return {ace(toUuid(peer), {href(kCon)}, 6)};
}

} // namespace

TEST(Conformance, CE_01_csr_subject) {
    CertifiedScene scene;
    scene.onboarding.steps("cd");
    auto& doc = scene.onboarding.doc();
    const auto subject = [&] { return readRequest(doc->get(kCsr).text("csr")).value().subject; };
    const auto temporary = scene.device.deviceId();
    EXPECT_EQ(subject(), "CN=uuid:" + temporary.text());
    scene.onboarding.steps("ef");
    EXPECT_EQ(subject(), "CN=uuid:" + kNewDeviceId.text()) << "it follows deviceuuid";
}

TEST(Conformance, CE_02_csr_key_and_signature) {
    CertifiedScene scene;
    scene.onboarding.steps("cdef");
    const auto request = readRequest(scene.onboarding.doc()->get(kCsr).text("csr"));
    ASSERT_TRUE(request) << "it verifies by its own P-256 key";
    EXPECT_EQ(request->version, 1);
    EXPECT_EQ(request->signatureAlgorithm, "1.2.840.10045.4.3.2");
    if (const auto* inside = scene.device.insideIfThere()) {
        EXPECT_EQ(request->key, svr::identityPublicKey(inside->state()));
    }
}

TEST(Conformance, CE_03_csr_encoding_pem) {
    CertifiedScene scene;
    scene.onboarding.steps("cd");
    const auto reply = scene.onboarding.doc()->get(kCsr);
    EXPECT_EQ(reply.code, "2.05");
    EXPECT_EQ(reply.text("encoding"), "oic.sec.encoding.pem");
    EXPECT_TRUE(reply.text("csr").starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));
    EXPECT_LE(reply.text("csr").size(), 3072U);
    const auto baseline = scene.onboarding.doc()->get(kCsr, {"if=oic.if.baseline"});
    EXPECT_EQ(baseline["rt"], cbor::Value{cbor::Array{"oic.r.csr"}});
    EXPECT_EQ(baseline.text("csr"), reply.text("csr"));
}

TEST(Conformance, CE_04_csr_readonly) {
    CertifiedScene scene;
    scene.onboarding.steps("cd");
    auto& doc = scene.onboarding.doc();
    EXPECT_EQ(doc->post(kCsr, cbor::Map{{"csr", "x"}}).code, "4.05");
    EXPECT_EQ(doc->del(kCsr).code, "4.05");
    EXPECT_EQ(doc->put(kCsr, cbor::Map{}).code, "4.05");
    if (auto* inside = scene.device.insideIfThere()) {
        EXPECT_EQ(inside->vault().counts().csrs, 0U);
    }
}

TEST(Conformance, SM_37_reset_renews_identity_key) {
    CertifiedScene scene;
    scene.ownCertified();
    const auto before = readRequest(scene.owner()->get(kCsr).text("csr"));
    ASSERT_TRUE(before);
    EXPECT_EQ(scene.owner()->setState(0).code, "2.04");
    scene.waitForRfotm();
    EXPECT_FALSE(scene.device.keepsState());
    scene.onboarding.steps("cd");
    const auto request = readRequest(scene.onboarding.doc()->get(kCsr).text("csr"));
    ASSERT_TRUE(request);
    EXPECT_NE(request->key, before->key);
}

TEST(Conformance, CE_05_identity_handshake) {
    CertifiedScene scene;
    scene.ownCertified();
    auto& session = scene.certified(kOwner);
    EXPECT_EQ(session->get(kPstat).code, "2.05") << "the owner by its certificate";
    ASSERT_EQ(session.dtls().peerChain().size(), 1U);
    EXPECT_EQ(svr::uuidIn(*svr::readCertificate(session.dtls().peerChain().front())), kNewDeviceId);
    for (const auto suite :
         {dtls::Suite::ecdheEcdsaAes128Ccm, dtls::Suite::ecdheEcdsaAes256Ccm8, dtls::Suite::ecdheEcdsaAes256Ccm})
        EXPECT_TRUE(scene.tool.connectCertified(&scene.peer(kOwner), suite).established());
    EXPECT_TRUE(scene.owner().established()) << "keys go on working beside it";
}

TEST(Conformance, CE_06_client_cert_required) {
    CertifiedScene scene;
    scene.ownCertified();
    EXPECT_FALSE(scene.tool.connectCertified(nullptr).established());
    EXPECT_TRUE(hasSessions(scene, 0));
    if (const auto* inside = scene.device.insideIfThere()) {
        EXPECT_GE(inside->count(ocf::Event::Kind::handshakeFailed), 1U);
    }
}

TEST(Conformance, CE_07_peer_uuid_from_cn) {
    CertifiedScene scene;
    scene.onboarding.plan().aces = kOpensConTo(kPairwise);
    scene.ownCertified();
    EXPECT_EQ(scene.certified(kPairwise)->get(kCon).code, "2.05");
    EXPECT_EQ(scene.certified(kAms)->get(kCon).code, "4.01");
}

TEST(Conformance, CE_08_peer_without_uuid_cn_refused) {
    CertifiedScene scene;
    scene.ownCertified();
    auto nameless = endEntity(kPairwise);
    nameless.subject = "CN=somebody";
    const auto issued = issue(nameless, &scene.root);
    auto& session = scene.tool.connectCertified(&issued);
    EXPECT_FALSE(session.established() && session->get(kRoles).code == "2.05");
    EXPECT_TRUE(hasSessions(scene, 0));
}

TEST(Certificates, BadPeersAreRefusedReportedAndLeaveNothing) {
    CertifiedScene scene;
    scene.ownCertified();
    const Issued stranger = issue(authority("CN=Home root"));
    auto expired = endEntity(kPairwise);
    expired.notAfter = scene.device.wallTime() - std::chrono::seconds{1};
    auto noUsage = endEntity(kPairwise);
    noUsage.keyUsage.reset();
    const Issued bad[] = {issue(expired, &scene.root), issue(noUsage, &scene.root),
                          issue(endEntity(kPairwise), &stranger),
                          issue(roleHolder(kPairwise, {{"admin", std::nullopt}}), &scene.root),
                          issueFalsely(endEntity(kPairwise), scene.root, TestKey{})};
    const auto before = scene.device.everything();
    std::size_t reported = 0;
    for (const auto& peer : bad) {
        auto& session = scene.tool.connectCertified(&peer);
        EXPECT_TRUE(session.closed());
        EXPECT_EQ(session.dtls().closeReason().alert, 42) << "bad_certificate";
        if (const auto* inside = scene.device.insideIfThere()) {
            EXPECT_EQ(inside->count(ocf::Event::Kind::handshakeFailed), ++reported);
            EXPECT_EQ(inside->events.back().reason, Reason::handshakeFailed);
            EXPECT_FALSE(inside->events.back().next.empty());
        }
    }
    EXPECT_TRUE(hasSessions(scene, 0));
    EXPECT_TRUE(scene.device.everything() == before);
}

TEST(Certificates, AnAnchorForOnePeerVouchesForNobodyElse) {
    CertifiedScene scene;
    scene.onboarding.plan().aces.push_back(ace(toUuid(kOwner), {href(kCsr)}, 2));
    scene.onboarding.steps("cdefghijlm");
    auto& doc = scene.onboarding.doc();
    ASSERT_EQ(scene.trust(doc, kPairwise.text()).code, "2.04");
    ASSERT_EQ(scene.certify(doc).code, "2.04");
    EXPECT_TRUE(scene.tool.connectCertified(&scene.peer(kPairwise)).established());
    EXPECT_TRUE(scene.tool.connectCertified(&scene.peer(kAms)).closed());
}

TEST(Certificates, WithoutAnAnchorOrAnOwnCertificateTheSuitesAreNotOffered) {
    CertifiedScene scene;
    scene.onboarding.steps("cdefghijlm");
    auto& doc = scene.onboarding.doc();
    EXPECT_FALSE(scene.tool.connectCertified(&scene.peer(kOwner)).established());
    ASSERT_EQ(scene.trust(doc).code, "2.04");
    EXPECT_FALSE(scene.tool.connectCertified(&scene.peer(kOwner)).established());
    ASSERT_EQ(scene.certify(doc).code, "2.04");
    EXPECT_TRUE(scene.tool.connectCertified(&scene.peer(kOwner)).established());
    ASSERT_EQ(doc->del(kCred, {"subjectuuid=*"}).code, "2.02");
    EXPECT_FALSE(scene.tool.connectCertified(&scene.peer(kOwner)).established()) << "the anchor is deleted";
    if (auto* inside = scene.device.insideIfThere()) {
        EXPECT_EQ(inside->vault().counts().signatures, 1U) << "the TPM signs for no handshake that cannot succeed";
    }
}

TEST(Certificates, AnOwnedDeviceShowsTheMakersWhereItHasNoOther) {
    const Maker maker;
    CertifiedScene scene{{}, &maker};
    scene.onboarding.steps("cdefghijlm");
    ASSERT_EQ(scene.trust(scene.onboarding.doc()).code, "2.04");
    auto& session = scene.tool.connectCertified(&scene.peer(kOwner));
    ASSERT_TRUE(session.established());
    EXPECT_EQ(session.dtls().peerChain().front(), maker.leaf.der);
    ASSERT_EQ(scene.certify(scene.onboarding.doc()).code, "2.04");
    EXPECT_NE(scene.tool.connectCertified(&scene.peer(kOwner)).dtls().peerChain().front(), maker.leaf.der);
}

TEST(Certificates, ARestartKeepsThemAndTheKey) {
    CertifiedScene scene;
    scene.ownCertified();
    const auto shown = scene.certified(kOwner).dtls().peerChain();
    scene.device.restart();
    EXPECT_EQ(scene.certified(kOwner).dtls().peerChain(), shown);
}

TEST(Certificates, ARevokedPeerIsNotLetIn) {
    CertifiedScene scene;
    scene.ownCertified();
    EXPECT_TRUE(scene.certified(kPairwise).established());
    EXPECT_EQ(scene.owner()->setState(2).code, "2.04");
    const auto list = revocationList(scene.root, {Bytes{0x01, 0x02, 0x03}});
    EXPECT_EQ(
        scene.owner()
            ->post(kCrl, cbor::Map{{"crlid", 1}, {"thisupdate", "2027-01-31T00:00:00Z"}, {"crldata", toBase64(list)}})
            .code,
        "2.04");
    EXPECT_TRUE(scene.tool.connectCertified(&scene.peer(kPairwise)).closed());
}

TEST(Certificates, TimeNeverGoesBackBehindWhatACommitKnew) {
    CertifiedScene scene;
    scene.ownCertified();
    auto& inside = scene.device.inside("another date needs another clock");
    scene.network.advance(25h); // the clock has kept its pace for a day
    EXPECT_EQ(scene.owner()->setState(2).code, "2.04");
    const auto known = inside.state().lastKnownGood;
    EXPECT_EQ(known, inside.wallClock().now().time_since_epoch().count());
    inside.wallClock().off = std::chrono::hours{-24 * 365 * 40}; // a battery is empty
    inside.restart();
    EXPECT_EQ(inside.wallTime().time_since_epoch().count(), known);
    EXPECT_TRUE(scene.certified(kOwner).established());
    inside.wallClock().off = std::chrono::hours{24 * 365 * 10};
    EXPECT_FALSE(scene.tool.connectCertified(&scene.peer(kOwner)).established()) << "expired by then";
}

TEST(Certificates, AClockThatWasOnceFarAheadDoesNoLastingHarm) {
    CertifiedScene scene;
    scene.ownCertified();
    auto& inside = scene.device.inside("another date needs another clock");
    scene.network.advance(25h);
    inside.wallClock().off = std::chrono::hours{24 * 365 * 40};
    EXPECT_EQ(scene.owner()->setState(2).code, "2.04");
    EXPECT_FALSE(scene.tool.connectCertified(&scene.peer(kOwner)).established()) << "as long as it says so";
    inside.wallClock().off = {};
    EXPECT_TRUE(scene.certified(kOwner).established());
    inside.restart();
    EXPECT_TRUE(scene.certified(kOwner).established());
}

TEST(Certificates, AResetForgetsTheTimeOfAClockThatWasWrongForLong) {
    CertifiedScene scene;
    auto& inside = scene.device.inside("another date needs another clock");
    inside.wallClock().off = std::chrono::hours{24 * 365 * 40};
    scene.onboarding.steps("cdefghijlm");
    scene.onboarding.doc().close();
    scene.network.advance(25h);
    EXPECT_EQ(scene.owner()->setState(3).code, "2.04");
    inside.wallClock().off = {};
    EXPECT_GT(inside.wallTime(), inside.wallClock().now()) << "it was believed";
    inside.operatorReset();
    scene.waitForRfotm();
    EXPECT_EQ(inside.wallTime(), inside.wallClock().now());
    scene.onboarding.forget();
    scene.ownCertified();
    EXPECT_TRUE(scene.certified(kOwner).established());
}

} // namespace ocfsecd::test::conformance
