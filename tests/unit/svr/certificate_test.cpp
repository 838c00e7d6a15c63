#include "svr/certificate.h"

#include "recorded_certificates.h"
#include "support/certificates.h"
#include "svr/certificate_chain.h"
#include "svr/certificate_roles.h"
#include "svr/der.h"

#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using namespace ocfsecd::test;

namespace {

constexpr WallTime kWhenRecorded = std::chrono::sys_days{std::chrono::year{2026} / 12 / 1};

Bytes recordedDer(std::string_view pem) {
    return readPem(pem)->front();
}
TrustAnchor anchor(std::string_view pem) {
    return {*readCertificate(recordedDer(pem)), std::nullopt};
}
std::string refusalOf(const auto& result) {
    return result ? std::string{"accepted"} : result.failure().what;
}

} // namespace

TEST(Certificate, RecordedIdentityChainIsAccepted) {
    const std::vector anchors{anchor(recorded::kIdentityRoot)};
    const auto leaf = checkChain({recordedDer(recorded::kIdentityLeaf)}, {ChainUse::identity, kWhenRecorded, anchors});
    ASSERT_TRUE(leaf) << refusalOf(leaf);
    EXPECT_EQ(uuidIn(*leaf), Uuid::parse("fa8e72ad-05c2-4534-54f0-393595fd87bc"));
    EXPECT_EQ(leaf->version, 3);
    EXPECT_EQ(leaf->keyUsage, (Certificate::KeyUsage{usage::digitalSignature | usage::keyAgreement, true}));
    EXPECT_EQ(leaf->basicConstraints, (Certificate::BasicConstraints{false, std::nullopt}));
}

TEST(Certificate, RecordedMakersChainIsAccepted) {
    const std::vector anchors{anchor(recorded::kMakerRoot)};
    const std::vector chain{recordedDer(recorded::kMakerLeaf), recordedDer(recorded::kMakerIntermediate)};
    const auto leaf = checkChain(chain, {ChainUse::manufacturer, kWhenRecorded, anchors});
    EXPECT_TRUE(leaf) << refusalOf(leaf);
    // A manufacturer's leaf with a UUID passes for an identity, were its root an anchor of identities.
    EXPECT_TRUE(checkChain(chain, {ChainUse::identity, kWhenRecorded, anchors}));
    EXPECT_FALSE(checkChain(chain, {ChainUse::identity, kWhenRecorded, {}}));
}

TEST(Certificate, RecordedRoleIsRead) {
    const std::vector anchors{anchor(recorded::kRoleRoot)};
    const auto leaf = checkChain({recordedDer(recorded::kRoleLeaf)}, {ChainUse::role, kWhenRecorded, anchors});
    ASSERT_TRUE(leaf) << refusalOf(leaf);
    const auto roles = rolesIn(*leaf);
    ASSERT_TRUE(roles) << refusalOf(roles);
    EXPECT_EQ(*roles, (RoleIds{{"admin", "IoTivity-Lite OBT Root"}}));
}

TEST(Certificate, KeyIsThePointThatWasCertified) {
    const auto made = issue(endEntity(*Uuid::parse("5000000f-0000-4000-8000-000000000004")));
    const auto read = readCertificate(made.der);
    ASSERT_TRUE(read) << refusalOf(read);
    EXPECT_EQ(read->key, made.key.publicKey());
    EXPECT_TRUE(verifies(*read->key, read->signedPart, read->signature));
    auto changed = read->signedPart;
    changed.back() ^= 1;
    EXPECT_FALSE(verifies(*read->key, changed, read->signature));
}

TEST(Certificate, EveryTruncationAndManyFlipsAreSurvived) {
    const auto der = issue(roleHolder(*Uuid::parse("5000000f-0000-4000-8000-000000000004"), {{"a", "b"}})).der;
    for (std::size_t size = 0; size < der.size(); ++size)
        EXPECT_FALSE(readCertificate(ByteView{der}.first(size)));
    for (std::size_t at = 0; at < der.size(); ++at) {
        auto changed = der;
        changed[at] ^= 0x81;
        if (const auto read = readCertificate(changed)) { // the signature covers every octet but its own and its head
            const bool intact = read->key && verifies(*read->key, read->signedPart, read->signature);
            EXPECT_FALSE(intact) << at;
        }
    }
    EXPECT_FALSE(readCertificate(Bytes(kMaxCertificate + 1, 0x30)));
}

TEST(Certificate, PemHoldsCertificatesAndNothingElse) {
    const auto made = issue(authority("CN=Test root"));
    const auto pem = made.pem();
    EXPECT_EQ(readPem(pem)->size(), 1U);
    EXPECT_EQ(readPem("issued for a test\n" + pem + "\r\n" + pem)->size(), 2U);
    const std::string key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIA==\n-----END EC PRIVATE KEY-----\n";
    EXPECT_FALSE(readPem(key));
    EXPECT_FALSE(readPem(pem + key));
    EXPECT_FALSE(readPem(""));
    EXPECT_FALSE(readPem("no PEM at all"));
    EXPECT_FALSE(readPem(pem.substr(0, pem.size() - 30)));
    EXPECT_FALSE(readPem("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"));
    EXPECT_FALSE(readPem(pem + pem + pem + pem + pem)) << "more than a chain has";
}

TEST(Certificate, UuidIsTakenFromOneCommonNameOnly) {
    const auto uuidOfSubject = [](const char* subject) {
        Specimen specimen;
        specimen.subject = subject;
        return uuidIn(*readCertificate(issue(specimen).der));
    };
    const auto expected = Uuid::parse("5000000f-0000-4000-8000-000000000004");
    EXPECT_EQ(uuidOfSubject("CN=uuid:5000000f-0000-4000-8000-000000000004"), expected);
    EXPECT_EQ(uuidOfSubject("O=Maker,CN=my uuid:5000000F-0000-4000-8000-000000000004 indeed"), expected);
    EXPECT_FALSE(uuidOfSubject("CN=5000000f-0000-4000-8000-000000000004"));
    EXPECT_FALSE(uuidOfSubject("CN=uuid:5000000f-0000-4000-8000-00000000000"));
    EXPECT_FALSE(uuidOfSubject("OU=uuid:5000000f-0000-4000-8000-000000000004"));
    EXPECT_FALSE(uuidOfSubject("CN=uuid:00000000-0000-0000-0000-000000000000")) << "nil is nobody";
    EXPECT_FALSE(
        uuidOfSubject("CN=uuid:5000000f-0000-4000-8000-000000000004,CN=uuid:a0000000-0000-4000-8000-000000000002"));
}

TEST(CertificateRoles, AllDirectoryNamesCount) {
    const auto root = issue(authority("CN=Role authority"));
    const auto peer = *Uuid::parse("5000000f-0000-4000-8000-000000000004");
    const auto rolesOf = [&](const Specimen& specimen) {
        return rolesIn(*readCertificate(issue(specimen, &root).der));
    };
    EXPECT_EQ(*rolesOf(roleHolder(peer, {{"one", "somebody"}, {"two", std::nullopt}})),
              (RoleIds{{"one", "somebody"}, {"two", "Role authority"}}));
    EXPECT_EQ(*rolesOf(roleHolder(peer, {{"oic.role.owner", std::nullopt}})),
              (RoleIds{{"oic.role.owner", "Role authority"}}));
    EXPECT_FALSE(rolesOf(roleHolder(peer, {{"good", "x"}, {"oic.role.admin", "x"}})));
    EXPECT_FALSE(rolesOf(endEntity(peer))) << "none";
    EXPECT_FALSE(rolesOf(roleHolder(peer, RoleIds(9, {"same", "x"})))) << "too many";
    auto without = endEntity(peer);
    without.subjectAltName = subjectAltName({Bytes{0x30, 0x00}});
    EXPECT_FALSE(rolesOf(without)) << "a name without a role";
}

TEST(Der, RefusesWhatIsNotMinimal) {
    const auto one = [](Bytes octets) {
        DerReader reader{octets};
        return reader.next().has_value() && reader.done();
    };
    EXPECT_TRUE(one({0x04, 0x01, 0x2a}));
    EXPECT_FALSE(one({0x04, 0x81, 0x01, 0x2a})) << "a long form for a short length";
    EXPECT_FALSE(one({0x04, 0x80, 0x2a, 0x00, 0x00})) << "indefinite";
    EXPECT_FALSE(one({0x1f, 0x81, 0x01, 0x00})) << "a long tag";
    EXPECT_FALSE(one({0x04, 0x02, 0x2a})) << "too short";
    EXPECT_FALSE(one({0x04, 0x01, 0x2a, 0x00})) << "something behind";
    EXPECT_FALSE(readName(Bytes{0x30, 0x02, 0x31, 0x00, 0x00}));
}
