// Certificate requests, replacement of an own certificate and what happens between their steps.

#include "support/certified_scene.h"
#include "support/messages.h"

#include <algorithm>

namespace ocfsecd::test {

namespace {

const svr::Credential* ownCertificate(const svr::DeviceState& state, std::size_t which) {
    for (const auto& credential : state.cred.creds)
        if (credential.usage == svr::credusage::cert && which-- == 0)
            return &credential;
    return nullptr;
}
coap::CallId beginCsr(SimSession& session) {
    return session->begin(Method::get, kCsr);
}

} // namespace

TEST(Csr, ConcurrentGetsCostOneRequest) {
    CertifiedScene scene;
    scene.onboarding.plan().aces = {ace(toUuid(kOwner), {href(kCsr)}, 2)};
    scene.onboarding.steps("cdefghijlmn");
    auto& doc = scene.onboarding.doc();
    auto &one = scene.owner(), &two = scene.owner(), &third = scene.owner();
    scene.device.vault().holding = true;
    const auto first = beginCsr(one), second = beginCsr(two);
    scene.network.settle();
    EXPECT_EQ(scene.device.held(), 1U);
    EXPECT_EQ(doc->get(kPstat).code, "2.05") << "nothing else waits";
    scene.device.release();
    scene.network.settle();
    ASSERT_TRUE(one->reply(first) && two->reply(second));
    EXPECT_EQ(one->reply(first)->code, "2.05");
    EXPECT_EQ(one->reply(first)->text("csr"), two->reply(second)->text("csr"));
    EXPECT_EQ(scene.device.vault().counts().csrs, 1U);
    EXPECT_EQ(third->get(kCsr).text("csr"), one->reply(first)->text("csr")) << "same key and name: the same request";
    EXPECT_EQ(scene.device.vault().counts().csrs, 1U);
}

TEST(Csr, OfAnOwnedDeviceIsAnsweredWhenItsKeyIsDurable) {
    CertifiedScene scene;
    scene.onboarding.steps("cdefghijlm");
    auto& doc = scene.onboarding.doc();
    scene.device.vault().holding = true;
    const auto call = beginCsr(doc);
    scene.network.settle();
    EXPECT_TRUE(scene.device.releaseOne()); // the TPM made it
    scene.network.settle();
    EXPECT_FALSE(scene.device.state().identityKey);
    EXPECT_FALSE(doc->reply(call));
    EXPECT_EQ(scene.device.held(), 1U) << "the commit";
    scene.device.release();
    scene.network.settle();
    ASSERT_TRUE(doc->reply(call));
    EXPECT_EQ(doc->reply(call)->code, "2.05");
    scene.device.restart();
    EXPECT_TRUE(scene.device.state().identityKey) << "and survives";
}

TEST(Csr, InRfotmWritesNothing) {
    CertifiedScene scene;
    scene.onboarding.steps("cd");
    EXPECT_EQ(scene.onboarding.doc()->get(kCsr).code, "2.05");
    EXPECT_TRUE(scene.device.state().identityKey);
    EXPECT_EQ(scene.device.vault().counts().commits, 0U);
    EXPECT_FALSE(scene.device.vault().snapshot());
}

TEST(Csr, ATpmThatIsGoneIsToldAndTriedAgain) {
    CertifiedScene scene;
    scene.onboarding.steps("cdef");
    auto& doc = scene.onboarding.doc();
    scene.device.vault().failing = Failure{Reason::tpmUnavailable, "the TPM is gone", "plug it in"};
    EXPECT_EQ(doc->get(kCsr).code, "5.03");
    EXPECT_FALSE(scene.device.state().identityKey);
    scene.device.vault().failing.reset();
    EXPECT_EQ(doc->get(kCsr).code, "2.05");
}

TEST(Csr, ACommitThatFailsGivesNoKeyAway) {
    CertifiedScene scene;
    scene.onboarding.steps("cdefghijlm");
    auto& doc = scene.onboarding.doc();
    scene.device.vault().holding = true;
    const auto call = beginCsr(doc);
    scene.network.settle();
    EXPECT_TRUE(scene.device.releaseOne());
    scene.device.vault().failing = Failure{Reason::inputOutput, "the disk is full", "make room"};
    scene.device.release();
    scene.network.settle();
    ASSERT_TRUE(doc->reply(call));
    EXPECT_EQ(doc->reply(call)->code, "5.00");
    EXPECT_FALSE(scene.device.state().identityKey);
    scene.device.vault().failing.reset();
    EXPECT_EQ(doc->get(kCsr).code, "2.05");
}

TEST(Csr, ANameThatChangesMeanwhileIsFollowed) {
    CertifiedScene scene;
    scene.onboarding.steps("cde");
    auto& doc = scene.onboarding.doc();
    scene.device.vault().holding = true;
    const auto call = beginCsr(doc);
    scene.network.settle();
    // The client would wait for its answer first.
    const auto rename = cbor::encode(cbor::Map{{"deviceuuid", kNewDeviceId.text()}});
    doc.sendRaw(coap::encode(message(coap::code::post, kDoxm, rename)));
    scene.network.settle();
    EXPECT_EQ(scene.device.state().doxm.deviceuuid, kNewDeviceId);
    scene.device.release();
    scene.network.settle();
    ASSERT_TRUE(doc->reply(call));
    EXPECT_EQ(readRequest(doc->reply(call)->text("csr")).value().subject, "CN=uuid:" + kNewDeviceId.text());
    EXPECT_EQ(scene.device.vault().counts().csrs, 2U);
}

TEST(Csr, IsNotLostBesideTheCommitThatOwnsTheDevice) {
    CertifiedScene scene;
    scene.onboarding.steps("cdefghijl");
    auto& doc = scene.onboarding.doc();
    scene.device.vault().holding = true;
    const cbor::Value toRfpro{cbor::Map{{"dos", cbor::Map{{"s", 2}}}}};
    const auto owning = doc->begin(Method::post, kPstat, {}, &toRfpro);
    doc.sendRaw(coap::encode(message(coap::code::get, kCsr))); // past the client, which would wait
    scene.network.settle();
    ASSERT_EQ(scene.device.held(), 2U);
    EXPECT_TRUE(scene.device.releaseLast()); // the key is there first
    EXPECT_FALSE(scene.device.state().identityKey);
    scene.device.release();
    scene.network.settle();
    ASSERT_TRUE(doc->reply(owning));
    EXPECT_EQ(doc->reply(owning)->code, "2.04");
    const auto request = readRequest(doc->get(kCsr).text("csr"));
    ASSERT_TRUE(request);
    EXPECT_EQ(scene.device.vault().counts().csrs, 1U) << "the one made meanwhile";
    EXPECT_EQ(request->key, svr::identityPublicKey(scene.device.state()));
    scene.device.restart();
    EXPECT_EQ(request->key, svr::identityPublicKey(scene.device.state()));
}

TEST(Csr, AResetLeavesNobodyWaiting) {
    CertifiedScene scene;
    scene.onboarding.steps("cdef");
    auto& doc = scene.onboarding.doc();
    scene.device.vault().holding = true;
    beginCsr(doc);
    scene.network.settle();
    doc.close(); // D5
    scene.waitForRfotm();
    scene.device.release();
    scene.network.settle();
    EXPECT_FALSE(scene.device.state().identityKey) << "a key of the ownership that never was";
    scene.onboarding.forget();
    scene.onboarding.steps("cd");
    EXPECT_EQ(scene.onboarding.doc()->get(kCsr).code, "2.05");
}

TEST(Csr, TooManyWaitingAreTurnedAway) {
    CertifiedScene scene;
    scene.onboarding.steps("cd");
    auto& doc = scene.onboarding.doc();
    scene.device.vault().holding = true;
    for (std::uint16_t id = 1; id <= 17; ++id)
        doc.sendRaw(coap::encode(message(coap::code::get, kCsr, {}, id)));
    scene.network.settle();
    EXPECT_EQ(scene.device.held(), 1U);
    EXPECT_EQ(scene.device.count(ocf::Event::Kind::requestRefused), 1U) << "one more than wait";
    scene.device.release();
    scene.network.settle();
    EXPECT_EQ(doc->get(kCsr).code, "2.05");
    EXPECT_EQ(scene.device.vault().counts().csrs, 1U);
}

TEST(CertificateReplacement, ANewOneIsPromotedByASessionAndDurably) {
    CertifiedScene scene;
    scene.ownCertified();
    EXPECT_FALSE(ownCertificate(scene.device.state(), 0)->proven);
    scene.certified(kOwner);
    EXPECT_TRUE(ownCertificate(scene.device.state(), 0)->proven);
    const auto commits = scene.device.vault().counts().commits;
    scene.certified(kOwner);
    EXPECT_EQ(scene.device.vault().counts().commits, commits) << "once";
    scene.device.restart();
    EXPECT_TRUE(ownCertificate(scene.device.state(), 0)->proven);
}

TEST(CertificateReplacement, AnOlderOneServesWhomTheNewOneFailed) {
    CertifiedScene scene;
    scene.ownCertified();
    const auto oldChain = scene.certified(kOwner).dtls().peerChain();
    // A new certificate by a CA that the peer does not know.
    const auto other = issue(authority("CN=Another root"));
    EXPECT_EQ(scene.owner()->setState(2).code, "2.04");
    ASSERT_EQ(scene.certify(scene.owner(), &other).code, "2.04");
    const auto picky = [&] {
        auto parameters = certificateClient(&scene.peer(kOwner));
        auto identity = *parameters.certificates;
        identity.judgePeer = [&](const std::vector<Bytes>& chain) -> Result<void> {
            const std::vector<svr::TrustAnchor> anchors{{*svr::readCertificate(scene.root.der), std::nullopt}};
            const auto checked =
                svr::checkChain(chain, {svr::ChainUse::identity, scene.device.device().wallTime(), anchors});
            return checked ? Result<void>{} : checked.failure();
        };
        parameters.certificates = std::make_shared<const dtls::CertificateIdentity>(identity);
        return parameters;
    };
    EXPECT_FALSE(scene.tool.connect(picky()).established()) << "the new one is shown first";
    auto& second = scene.tool.connect(picky());
    ASSERT_TRUE(second.established());
    EXPECT_EQ(second.dtls().peerChain(), oldChain);
    EXPECT_FALSE(ownCertificate(scene.device.state(), 1)->proven);
    // Somebody else can do with the new one: from then on there is no way back.
    auto& open = scene.other.connectCertified(&scene.peer(kAms));
    ASSERT_TRUE(open.established());
    EXPECT_NE(open.dtls().peerChain(), oldChain);
    EXPECT_TRUE(ownCertificate(scene.device.state(), 1)->proven);
    EXPECT_FALSE(scene.tool.connect(picky()).established());
}

TEST(CertificateSessions, AnAnchorDeletedDuringTheHandshakeLetsNobodyIn) {
    CertifiedScene scene;
    scene.ownCertified();
    auto& owner = scene.owner();
    EXPECT_EQ(owner->setState(2).code, "2.04");
    scene.device.vault().holding = true;
    auto& late = scene.tool.beginHandshake(certificateClient(&scene.peer(kPairwise)));
    scene.network.settle();
    ASSERT_EQ(scene.device.held(), 1U) << "the step that signs";
    const auto deletion = owner->begin(Method::del, kCred, {"subjectuuid=*"});
    scene.network.settle();
    EXPECT_TRUE(scene.device.releaseLast()); // the commit overtakes the signature
    scene.network.settle();
    ASSERT_TRUE(owner->reply(deletion));
    scene.device.release();
    scene.network.until([&] { return late.established() || late.closed(); });
    scene.network.settle();
    EXPECT_TRUE(late.closed());
    EXPECT_EQ(scene.device.device().sessions(), 1U) << "the owner's";
}

/// Two authorities; kPairwise has a certificate of one, kAms of the other. In RFPRO.
struct TwoAuthorities : CertifiedScene {
    TwoAuthorities() {
        ownCertified();
        EXPECT_EQ(owner()->setState(2).code, "2.04");
        const cbor::Array creds{certificateEntry(svr::credusage::trustca, second.pem())};
        EXPECT_EQ(owner()->post(kCred, cbor::Map{{"creds", creds}}).code, "2.04");
        auto holder = endEntity(kAms);
        holder.serial = {0x77};
        peers.emplace(kAms, issue(holder, &second));
    }
    Reply drop(SimSession& session, const Issued& authority) {
        return session->del(kCred, {"credid=" + std::to_string(credidOf(session, authority))});
    }
    Reply revoke(SimSession& session, const Issued& issuer, const Bytes& serial) {
        return session->post(kCrl, cbor::Map{{"crlid", 1},
                                             {"thisupdate", "2027-01-31T00:00:00Z"},
                                             {"crldata", toBase64(revocationList(issuer, {serial}))}});
    }
    Issued second = issue(authority("CN=Second root"));
};

TEST(CertificateSessions, EndWithTheAnchorThatVouchedForThem) {
    TwoAuthorities scene;
    std::vector<SimSession*> ending, staying{&scene.owner(), &scene.certified(kAms), &scene.certified(kAms)};
    for (int i = 0; i < 12; ++i)
        ending.push_back(&scene.certified(kPairwise));
    const auto before = scene.device.device().sessions();
    ASSERT_EQ(scene.drop(*staying.front(), scene.root).code, "2.02");
    scene.network.settle();
    for (const auto* session : ending)
        EXPECT_TRUE(session->closed());
    for (auto* session : staying)
        EXPECT_EQ((*session)->get(kRes).code, "2.05");
    EXPECT_EQ(scene.device.device().sessions(), before - ending.size());
}

TEST(CertificateSessions, WhoEndsItsOwnIsAnsweredFirst) {
    TwoAuthorities scene;
    auto& session = scene.certified(kOwner);
    EXPECT_EQ(scene.drop(session, scene.root).code, "2.02");
    scene.network.settle();
    EXPECT_TRUE(session.closed());
}

TEST(CertificateSessions, WhatWaitsForTheCommitIsNotExecuted) {
    TwoAuthorities scene;
    auto &owner = scene.owner(), &session = scene.certified(kOwner);
    const auto anchor = scene.credidOf(owner, scene.root);
    scene.device.vault().holding = true;
    owner->begin(Method::del, kCred, {"credid=" + std::to_string(anchor)});
    scene.network.settle();
    const cbor::Value body{cbor::Map{{"dos", cbor::Map{{"s", 3}}}}};
    session->begin(Method::post, kPstat, {}, &body);
    scene.network.settle();
    scene.device.release();
    scene.network.settle();
    EXPECT_EQ(scene.device.dos(), kRfpro);
    EXPECT_TRUE(session.closed());
}

TEST(CertificateSessions, EndWhenTheirCertificateIsRevoked) {
    TwoAuthorities scene;
    auto &revoked = scene.certified(kAms), &other = scene.certified(kPairwise), &owner = scene.owner();
    ASSERT_EQ(scene.revoke(owner, scene.second, {0x78}).code, "2.04");
    scene.network.settle();
    EXPECT_FALSE(revoked.closed());
    ASSERT_EQ(scene.revoke(owner, scene.second, {0x77}).code, "2.04");
    scene.network.settle();
    EXPECT_TRUE(revoked.closed());
    EXPECT_FALSE(other.closed());
    EXPECT_FALSE(owner.closed());
}

TEST(CertificateSessions, EndWithTheCertificateTheyWereShown) {
    TwoAuthorities scene;
    auto &first = scene.certified(kPairwise), &owner = scene.owner();
    ASSERT_EQ(scene.certify(owner, &scene.second).code, "2.04");
    auto& renewed = scene.certified(kPairwise);
    scene.network.settle();
    EXPECT_FALSE(first.closed()) << "a newer one ends nothing";
    const auto* old = ownCertificate(scene.device.state(), 0);
    ASSERT_EQ(owner->del(kCred, {"credid=" + std::to_string(svr::numberOf(old->id))}).code, "2.02");
    scene.network.settle();
    EXPECT_TRUE(first.closed());
    EXPECT_FALSE(renewed.closed());
    EXPECT_FALSE(owner.closed());
}

TEST(CertificateSessions, AnOwnCertificateDeletedDuringTheHandshakeLetsNobodyIn) {
    TwoAuthorities scene;
    auto& owner = scene.owner();
    scene.device.vault().holding = true;
    auto& late = scene.tool.beginHandshake(certificateClient(&scene.peer(kPairwise)));
    scene.network.settle();
    ASSERT_EQ(scene.device.held(), 1U) << "the step that signs";
    const auto own = svr::numberOf(ownCertificate(scene.device.state(), 0)->id);
    owner->begin(Method::del, kCred, {"credid=" + std::to_string(own)});
    scene.network.settle();
    EXPECT_TRUE(scene.device.releaseLast());
    scene.network.settle();
    scene.device.release();
    scene.network.until([&] { return late.established() || late.closed(); });
    scene.network.settle();
    EXPECT_TRUE(late.closed());
}

TEST(CertificateSessions, APeerMayGiveUpItsKeyAndShowACertificate) {
    CertifiedScene scene;
    scene.ownCertified();
    constexpr std::uint16_t port = 51000;
    scene.device.vault().holding = true;
    const auto key = copyOf(scene.onboarding.ownerKey()->view());
    scene.network.until([] { return false; }, 61s); // no unsealed key is kept any more
    scene.tool.beginHandshake(pskClient(kOwner.raw(), key), port);
    scene.network.settle();
    ASSERT_EQ(scene.device.held(), 1U) << "its key is asked for";
    scene.device.vault().holding = false;
    const auto before = scene.network.now();
    auto& session = scene.tool.connect(certificateClient(&scene.peer(kOwner)), port);
    ASSERT_TRUE(session.established());
    EXPECT_LT(scene.network.now() - before, 500ms) << "at the first attempt, not by a hello sent again";
    EXPECT_EQ(session->get(kPstat).code, "2.05");
}

TEST(CertificateSessions, AHangingTpmHoldsUpNobodyElse) {
    CertifiedScene scene;
    scene.ownCertified();
    auto& owner = scene.owner();
    scene.device.vault().holding = true;
    auto& waiting = scene.tool.beginHandshake(certificateClient(&scene.peer(kPairwise)));
    scene.network.settle();
    EXPECT_EQ(owner->get(kPstat).code, "2.05");
    scene.device.release();
    scene.network.until([&] { return waiting.established() || waiting.closed(); });
    EXPECT_TRUE(waiting.established());
    EXPECT_EQ(scene.device.vault().counts().signatures, 1U);
}

} // namespace ocfsecd::test
