#include "svr/certificate_credential.h"

#include "recorded_certificates.h"
#include "support/certificates.h"
#include "world.h"

using namespace ocfsecd;
using namespace ocfsecd::svr;
using namespace ocfsecd::test;
using enum OnboardingState;
using ocfsecd::svr::uuidOf;

namespace {

/// A device with an identity key, and a CA that knows it.
struct Provisioned : World {
    explicit Provisioned(OnboardingState in = rfpro) : World{in} {
        state.identityKey = IdentityKey{{key.publicArea(), copyOf(viewOf("private"))}, shareSecret(viewOf("auth"))};
        wallTime = std::chrono::sys_days{std::chrono::year{2027} / 1 / 1};
    }
    Reply add(cbor::Array list) { return post(as(kOwner), kCredHref, cbor::Map{{"creds", std::move(list)}}); }
    Reply add(cbor::Map one) { return add(cbor::Array{std::move(one)}); }
    std::size_t count(std::string_view usage) const {
        return static_cast<std::size_t>(std::ranges::count(state.cred.creds, usage, &Credential::usage));
    }

    TestKey key;
    Issued root = issue(authority("CN=Test root"));
};

cbor::Map certificates(std::string_view usage, std::string_view pem, std::string_view subject = "*") {
    return {{"credtype", 8},
            {"subjectuuid", subject},
            {"credusage", usage},
            {"publicdata", cbor::Map{{"encoding", "oic.sec.encoding.pem"}, {"data", pem}}}};
}
cbor::Map with(cbor::Map map, std::string_view key, cbor::Value value) {
    map.emplace_back(key, std::move(value));
    return map;
}
cbor::Map anchor(const Issued& root, std::string_view subject = "*") {
    return certificates(credusage::trustca, root.pem(), subject);
}

} // namespace

TEST(Conformance, CR_13_identity_cert_key_must_match) {
    Provisioned world;
    const auto foreign = issue(endEntity(kDevice), &world.root);
    EXPECT_REFUSED(world, "4.00", world.add(certificates(credusage::cert, foreign.pem())));
    const auto own = issue(endEntity(kDevice), &world.root, world.key);
    EXPECT_EQ(codeOf(world.add(certificates(credusage::cert, own.pem()))), "2.04");
    EXPECT_EQ(world.count(credusage::cert), 1U);
    Provisioned without;
    without.state.identityKey.reset();
    EXPECT_REFUSED(without, "4.00", without.add(certificates(credusage::cert, own.pem())));
}

TEST(CertificateCredential, HasNoPeriodBesideItsOwnValidity) {
    Provisioned world;
    EXPECT_REFUSED(world, "4.00", world.add(with(anchor(world.root), "period", "20260101T000000Z/P365D")));
    EXPECT_EQ(codeOf(world.add(anchor(world.root))), "2.04");
}

TEST(CertificateCredential, OfAnotherTypeIsNoTrustAnchor) {
    Provisioned world;
    cbor::Map key{{"credtype", 1},
                  {"subjectuuid", kCms.text()},
                  {"privatedata", cbor::Map{{"encoding", "oic.sec.encoding.raw"}, {"data", Bytes(16, 0x11)}}},
                  {"credusage", credusage::trustca}};
    key.emplace_back("publicdata", cbor::Map{{"encoding", "oic.sec.encoding.pem"}, {"data", world.root.pem()}});
    const auto before = Trust{world.state}.anchors().size();
    ASSERT_EQ(codeOf(world.add(key)), "2.04");
    EXPECT_EQ(Trust{world.state}.anchors().size(), before);
}

TEST(Conformance, CR_14_identity_cert_cn_must_match) {
    Provisioned world;
    for (const auto& other : {kOwner, kStranger})
        EXPECT_REFUSED(world, "4.00",
                       world.add(certificates(credusage::cert, issue(endEntity(other), &world.root, world.key).pem())));
    auto nameless = endEntity(kDevice);
    nameless.subject = "CN=" + kDevice.text();
    EXPECT_REFUSED(world, "4.00",
                   world.add(certificates(credusage::cert, issue(nameless, &world.root, world.key).pem())));
}

TEST(Conformance, CR_15_garbage_pem_refused) {
    Provisioned world;
    const auto good = world.root.pem();
    const std::string privateKey = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIA==\n-----END EC PRIVATE KEY-----\n";
    auto flipped = good;
    flipped[good.size() / 2] =
        flipped[good.size() / 2] == 'A' ? 'B' : 'A'; // still base64, no longer DER or another certificate
    const std::string bad[] = {"",
                               "garbage",
                               "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                               good.substr(0, good.size() / 2),
                               privateKey,
                               good + privateKey,
                               good + good + good + good + good};
    for (const auto& pem : bad)
        for (const auto usage :
             {credusage::trustca, credusage::cert, credusage::rolecert, credusage::mfgtrustca, credusage::mfgcert})
            EXPECT_REFUSED(world, "4.00", world.add(certificates(usage, pem)));
    EXPECT_REFUSED(world, "4.00", world.add(certificates(credusage::cert, flipped)));
    for (const auto kind : {TestKey::Kind::rsa, TestKey::Kind::p384})
        EXPECT_REFUSED(world, "4.00", world.add(anchor(issue(authority("CN=Other"), nullptr, TestKey{kind}))));
    EXPECT_REFUSED(world, "4.00",
                   world.add(cbor::Map{{"credtype", 8}, {"subjectuuid", "*"}, {"credusage", credusage::trustca}}));
    cbor::Map noUsage = anchor(world.root);
    std::erase_if(noUsage, [](const auto& member) { return member.first.text() == "credusage"; });
    EXPECT_REFUSED(world, "4.00", world.add(noUsage));
    cbor::Map odd = anchor(world.root);
    odd.emplace_back("privatedata", cbor::Map{{"encoding", "oic.sec.encoding.der"}, {"data", ""}});
    EXPECT_REFUSED(world, "4.00", world.add(odd));
}

TEST(Conformance, CR_16_trustca_accepted) {
    Provisioned world;
    EXPECT_EQ(codeOf(world.add(anchor(world.root))), "2.04");
    EXPECT_EQ(codeOf(world.add(anchor(world.root, kOwner.text()))), "2.04");
    EXPECT_EQ(world.count(credusage::trustca), 2U);
    // GET returns the certificates.
    const auto reply = world.get(as(kOwner), kCredHref);
    const auto& entry = at(reply, "creds").array()->back();
    EXPECT_EQ(entry.find("publicdata")->find("data")->text(), world.root.pem());
    EXPECT_EQ(entry.find("publicdata")->find("encoding")->text(), "oic.sec.encoding.pem");
    EXPECT_EQ(entry.find("credtype")->integer(), 8);
    EXPECT_EQ(entry.find("privatedata"), nullptr);
    // What cannot vouch for anybody is no anchor.
    const auto sub = issue(authority("CN=Test sub", 0), &world.root);
    auto expired = authority("CN=Old root");
    expired.notAfter = world.wallTime - std::chrono::seconds{1};
    auto early = authority("CN=New root");
    early.notBefore = world.wallTime + std::chrono::seconds{1};
    EXPECT_REFUSED(world, "4.00", world.add(certificates(credusage::trustca, pemOf({sub.der}))));
    EXPECT_REFUSED(world, "4.00", world.add(anchor(issue(expired))));
    EXPECT_REFUSED(world, "4.00", world.add(anchor(issue(endEntity(kOwner)))));
    EXPECT_EQ(codeOf(world.add(anchor(issue(early)))), "2.04") << "installed ahead of its time";
}

TEST(Conformance, CR_18_duplicate_is_idempotent) {
    Provisioned world;
    const auto own = issue(endEntity(kDevice), &world.root, world.key);
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(codeOf(world.add(anchor(world.root))), "2.04");
        EXPECT_EQ(codeOf(world.add(certificates(credusage::cert, own.pem()))), "2.04");
    }
    EXPECT_EQ(world.count(credusage::trustca), 1U);
    EXPECT_EQ(world.count(credusage::cert), 1U);
    // Once more after it was proven: that is no part of what the client sent.
    world.state.cred.creds.back().proven = true;
    const auto before = world.state;
    EXPECT_EQ(codeOf(world.add(certificates(credusage::cert, own.pem()))), "2.04");
    EXPECT_EQ(codeOf(world.add(
                  with(certificates(credusage::cert, own.pem()), "credid", numberOf(before.cred.creds.back().id)))),
              "2.04");
    EXPECT_TRUE(world.state == before);
    // Both in one POST.
    Provisioned other;
    EXPECT_EQ(codeOf(other.add({anchor(other.root), anchor(other.root)})), "2.04");
    EXPECT_EQ(other.count(credusage::trustca), 1U);
}

TEST(CertificateCredential, PlgdSendsKeyChainAndAnchorInOnePostAnchorLast) {
    Provisioned world{rfotm};
    const auto sub = issue(authority("CN=Test sub", 0), &world.root);
    const auto own = issue(endEntity(kDevice), &sub, world.key);
    const cbor::Array creds{cbor::Map{{"credtype", 1},
                                      {"subjectuuid", kOwner.text()},
                                      {"privatedata", cbor::Map{{"encoding", "oic.sec.encoding.raw"},
                                                                {"data", copyOf(viewOf("sixteen octets!!"))}}}},
                            certificates(credusage::cert, own.pem(true), kDevice.text()),
                            anchor(world.root, kOwner.text())};
    EXPECT_EQ(codeOf(world.post(overDoc(), kCredHref, cbor::Map{{"rowneruuid", kOwner.text()}, {"creds", creds}})),
              "2.04");
    EXPECT_EQ(world.state.cred.creds.size(), 3U);
    EXPECT_NE(ownerCredential(world.state), nullptr);
}

TEST(CertificateCredential, InRfotmNewCertificatesDoNotPushOthersOut) {
    Provisioned world{rfotm};
    world.state.cred.creds.clear();
    const auto post = [&](cbor::Map one) {
        return codeOf(world.post(overDoc(), kCredHref, cbor::Map{{"creds", cbor::Array{std::move(one)}}}));
    };
    EXPECT_EQ(post(anchor(world.root)), "2.04");
    EXPECT_EQ(post(certificates(credusage::cert, issue(endEntity(kDevice), &world.root, world.key).pem())), "2.04");
    EXPECT_EQ(world.state.cred.creds.size(), 2U);
}

TEST(CertificateCredential, PrivateKeysAreRefusedAndCsrIsRecommended) {
    Provisioned world;
    const auto own = issue(endEntity(kDevice), &world.root, world.key);
    const auto withKey = [&](cbor::Map privatedata) {
        return with(certificates(credusage::cert, own.pem()), "privatedata", std::move(privatedata));
    };
    const auto reply =
        world.add(withKey({{"encoding", "oic.sec.encoding.pem"}, {"data", "-----BEGIN EC PRIVATE KEY-----"}}));
    EXPECT_EQ(codeOf(reply), "4.00");
    ASSERT_TRUE(reply.failure);
    EXPECT_NE(reply.failure->next.find("/oic/sec/csr"), std::string::npos);
    EXPECT_REFUSED(world, "4.00", world.add(withKey({{"encoding", "oic.sec.encoding.raw"}, {"data", Bytes{1}}})));
    EXPECT_REFUSED(world, "4.00", world.add(withKey({{"encoding", "oic.sec.encoding.handle"}, {"handle", 1}})));
    EXPECT_EQ(codeOf(world.add(withKey({{"encoding", "oic.sec.encoding.raw"}, {"data", Bytes{}}}))), "2.04") << "none";
}

TEST(CertificateCredential, WhatIsAcceptedCanBeReadInOneBody) {
    Provisioned world;
    std::size_t accepted = 0;
    for (std::uint8_t serial = 1; serial < 100; ++serial) {
        auto specimen = authority("CN=Root with a name of some length that makes the text longer", 3);
        specimen.serial = {serial};
        const auto before = world.state;
        const auto reply = world.add(anchor(issue(specimen)));
        if (codeOf(reply) != "2.04") {
            EXPECT_EQ(codeOf(reply), "4.13");
            EXPECT_TRUE(world.state == before);
            break;
        }
        ++accepted;
    }
    EXPECT_GE(accepted, 10U);
    const auto whole = world.get(as(kOwner), kCredHref, {"if=oic.if.baseline"});
    EXPECT_LE(cbor::encode(*whole.body).size(), 16U * 1024) << "the largest body CoAP carries by default";
}

TEST(CertificateCredential, OneBadCertificateLeavesNothingBehind) {
    Provisioned world;
    auto wrong = endEntity(kDevice);
    wrong.purposes.clear();
    EXPECT_REFUSED(
        world, "4.00",
        world.add({anchor(world.root), certificates(credusage::cert, issue(wrong, &world.root, world.key).pem())}));
    EXPECT_EQ(world.count(credusage::trustca), 0U);
}

TEST(CertificateCredential, RoleCertificatesNeedAnAnchorAndARole) {
    Provisioned world;
    const auto role = [&](const Specimen& specimen) {
        auto one = certificates(credusage::rolecert, issue(specimen, &world.root, world.key).pem());
        std::erase_if(one, [](const auto& member) { return member.first.text() == "subjectuuid"; });
        return one;
    };
    const auto right = role(roleHolder(kDevice, {{"admin", std::nullopt}}));
    EXPECT_REFUSED(world, "4.00", world.add(right));
    EXPECT_EQ(codeOf(world.add({right, anchor(world.root)})), "2.04");
    EXPECT_FALSE(findCredential(world.state, world.state.cred.creds[1].id)->subject) << "* by default";
    EXPECT_REFUSED(world, "4.00", world.add(role(endEntity(kDevice))));
    EXPECT_REFUSED(world, "4.00", world.add(role(roleHolder(kDevice, {{"oic.role.admin", std::nullopt}}))));
    auto noRole = roleHolder(kDevice, {});
    EXPECT_REFUSED(world, "4.00", world.add(role(noRole)));
}

TEST(CertificateCredential, ManufacturersCertificatesAreForAKeyThatIsHere) {
    Provisioned world;
    const TestKey makers;
    const auto maker = issue(authority("CN=Maker"));
    auto specimen = endEntity(kDevice);
    specimen.subject = "CN=Gateway 0815";
    const auto renewed = certificates(credusage::mfgcert, issue(specimen, &maker, makers).pem());
    EXPECT_REFUSED(world, "4.00", world.add(renewed));
    Credential installed;
    installed.type = credtype::asymmetricSigningWithCertificate;
    installed.usage = credusage::mfgcert;
    installed.publicData = PublicData{Encoding::pem, issue(specimen, &maker, makers).pem()};
    world.capabilities.manufacturerCredentials = {installed};
    EXPECT_EQ(codeOf(world.add(renewed)), "2.04");
    EXPECT_EQ(codeOf(world.add(certificates(credusage::mfgtrustca, maker.pem()))), "2.04");
    // The maker's anchor vouches for no peer (facts 6.5).
    EXPECT_FALSE(Trust{world.state}.judgeIdentity(issue(endEntity(kStranger), &maker).chain(), world.wallTime));
}

TEST(CertificateCredential, IdentityChainsFollowTheProfile) {
    Provisioned world;
    const auto refuses = [&](auto spoil) {
        auto specimen = endEntity(kDevice);
        spoil(specimen);
        EXPECT_REFUSED(world, "4.00",
                       world.add(certificates(credusage::cert, issue(specimen, &world.root, world.key).pem())));
    };
    refuses([](Specimen& s) { s.keyUsage = GNUTLS_KEY_DIGITAL_SIGNATURE; });
    refuses([](Specimen& s) { s.ca = true; });
    refuses([](Specimen& s) { s.digest = GNUTLS_DIG_SHA384; });
    refuses([&](Specimen& s) { s.notAfter = world.wallTime - std::chrono::seconds{1}; });
    const auto sub = issue(authority("CN=Test sub", 0), &world.root);
    const auto own = issue(endEntity(kDevice), &sub, world.key);
    EXPECT_REFUSED(world, "4.00", world.add(certificates(credusage::cert, pemOf({own.der, world.root.der}))));
    EXPECT_REFUSED(world, "4.00", world.add(certificates(credusage::cert, pemOf({sub.der, own.der}))));
    EXPECT_EQ(codeOf(world.add(certificates(credusage::cert, pemOf({own.der, sub.der})))), "2.04");
}

TEST(CertificateCredential, RecordedProvisioningOfTheReferenceToolIsAccepted) {
    const auto leaf = *readCertificate(readPem(recorded::kIdentityLeaf)->front());
    Provisioned world;
    world.wallTime = std::chrono::sys_days{std::chrono::year{2026} / 12 / 1};
    world.state.doxm.deviceuuid = uuidOf("fa8e72ad-05c2-4534-54f0-393595fd87bc");
    world.state.identityKey->blob.publicArea = publicAreaOf(*leaf.key);
    EXPECT_EQ(codeOf(world.postHex(as(kOwner), kCredHref, recorded::kPostIdentityRoot)), "2.04");
    EXPECT_EQ(codeOf(world.postHex(as(kOwner), kCredHref, recorded::kPostIdentityLeaf)), "2.04");
    EXPECT_EQ(world.count(credusage::trustca), 1U);
    EXPECT_EQ(world.count(credusage::cert), 1U);
    EXPECT_REFUSED(world, "4.00", world.postHex(as(kOwner), kCredHref, recorded::kPostRoleLeaf));
    EXPECT_EQ(codeOf(world.postHex(as(kOwner), kCredHref, recorded::kPostRoleRoot)), "2.04");
    EXPECT_EQ(codeOf(world.postHex(as(kOwner), kCredHref, recorded::kPostRoleLeaf)), "2.04");
    EXPECT_EQ(world.count(credusage::rolecert), 1U);
}
