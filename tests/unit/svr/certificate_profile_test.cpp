#include "svr/certificate_profile.h"

#include "support/certificates.h"
#include "svr/certificate_chain.h"

#include <functional>
#include <gtest/gtest.h>

using namespace ocfsecd;
using namespace ocfsecd::svr;
using namespace ocfsecd::test;

namespace {

constexpr WallTime kNow = std::chrono::sys_days{std::chrono::year{2027} / 1 / 1};
const Uuid kPeer = *Uuid::parse("5000000f-0000-4000-8000-000000000004");

/// A right specimen made wrong in one place.
struct Bad {
    const char* what;
    const char* rule; ///< what the refusal says
    std::function<void(Specimen&)> spoil;
    TestKey::Kind key = TestKey::Kind::p256;
};

class Chain {
public:
    Result<Certificate> check(const Specimen& leaf, ChainUse use = ChainUse::identity,
                              TestKey::Kind key = TestKey::Kind::p256) const {
        return check(issue(leaf, &root_, TestKey{key}).chain(), use);
    }
    Result<Certificate> check(const std::vector<Bytes>& chain, ChainUse use = ChainUse::identity) const {
        const std::vector<TrustAnchor> anchors{{*readCertificate(root_.der), std::nullopt}};
        return checkChain(chain, {use, kNow, anchors});
    }
    const Issued& root() const { return root_; }

private:
    Issued root_ = issue(authority("CN=Test root"));
};

/// Every one is refused, and for its own reason.
void expectAllRefused(const Specimen& right, const std::vector<Bad>& table, ChainUse use = ChainUse::identity) {
    const Chain chain;
    const auto accepted = chain.check(right, use);
    ASSERT_TRUE(accepted) << accepted.failure().what;
    for (const auto& bad : table) {
        auto specimen = right;
        bad.spoil(specimen);
        const auto refused = chain.check(specimen, use, bad.key);
        ASSERT_FALSE(refused) << bad.what;
        EXPECT_EQ(refused.failure().reason, Reason::malformed) << bad.what;
        EXPECT_NE(refused.failure().what.find(bad.rule), std::string::npos)
            << bad.what << ": " << refused.failure().what;
        EXPECT_FALSE(refused.failure().next.empty()) << bad.what;
    }
}

} // namespace

TEST(Conformance, CE_10_ee_keyusage) {
    const auto with = [](unsigned bits) { return [bits](Specimen& s) { s.keyUsage = bits; }; };
    expectAllRefused(endEntity(kPeer),
                     {{"absent", "no keyUsage", [](Specimen& s) { s.keyUsage.reset(); }},
                      {"not critical", "not critical", [](Specimen& s) { s.keyUsageCritical = false; }},
                      {"no keyAgreement", "keyUsage bits", with(GNUTLS_KEY_DIGITAL_SIGNATURE)},
                      {"no digitalSignature", "keyUsage bits", with(GNUTLS_KEY_KEY_AGREEMENT)},
                      {"keyEncipherment too", "keyUsage bits",
                       with(GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_AGREEMENT | GNUTLS_KEY_KEY_ENCIPHERMENT)},
                      {"keyCertSign too", "keyUsage bits",
                       with(GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_AGREEMENT | GNUTLS_KEY_KEY_CERT_SIGN)}});
}

TEST(Conformance, CE_11_ee_eku) {
    const auto without = [](std::size_t which) {
        return [which](Specimen& s) { s.purposes.erase(s.purposes.begin() + static_cast<std::ptrdiff_t>(which)); };
    };
    const auto also = [](std::string_view oid) { return [oid](Specimen& s) { s.purposes.emplace_back(oid); }; };
    expectAllRefused(endEntity(kPeer), {{"no serverAuth", "lacks", without(0)},
                                        {"no clientAuth", "lacks", without(1)},
                                        {"no OCF identity", "lacks", without(2)},
                                        {"none at all", "lacks", [](Specimen& s) { s.purposes.clear(); }},
                                        {"any purpose", "forbidden", also(oid::anyPurpose)},
                                        {"a role too", "forbidden", also(oid::ocfRole)}});
}

TEST(Conformance, CE_12_ee_not_ca) {
    expectAllRefused(endEntity(kPeer), {{"cA", "is a CA", [](Specimen& s) { s.ca = true; }},
                                        {"cA with pathLen", "is a CA", [](Specimen& s) {
                                             s.ca = true;
                                             s.pathLength = 0;
                                         }}});
    auto without = endEntity(kPeer);
    without.ca.reset();
    EXPECT_TRUE(Chain{}.check(without)) << "basicConstraints are optional";
}

TEST(Conformance, CE_13_sig_sha1_rsa_refused) {
    expectAllRefused(endEntity(kPeer),
                     {{"SHA-1", "ecdsa-with-SHA256", [](Specimen& s) { s.digest = GNUTLS_DIG_SHA1; }},
                      {"SHA-384", "ecdsa-with-SHA256", [](Specimen& s) { s.digest = GNUTLS_DIG_SHA384; }},
                      {"an RSA key", "secp256r1", [](Specimen&) {}, TestKey::Kind::rsa},
                      {"a P-384 key", "secp256r1", [](Specimen&) {}, TestKey::Kind::p384}});
    // A CA of another kind signs with another algorithm.
    for (const auto kind : {TestKey::Kind::rsa, TestKey::Kind::p384}) {
        const auto root = issue(authority("CN=Other root"), nullptr, TestKey{kind});
        const std::vector<TrustAnchor> anchors{{*readCertificate(root.der), std::nullopt}};
        EXPECT_FALSE(checkChain(issue(endEntity(kPeer), &root).chain(), {ChainUse::identity, kNow, anchors}));
    }
}

TEST(Conformance, CE_14_expired_refused) {
    expectAllRefused(
        endEntity(kPeer),
        {{"expired", "expired", [](Specimen& s) { s.notAfter = kNow - std::chrono::seconds{1}; }},
         {"of the future", "valid from", [](Specimen& s) { s.notBefore = kNow + std::chrono::seconds{1}; }}});
    auto justNow = endEntity(kPeer);
    justNow.notBefore = justNow.notAfter = kNow;
    EXPECT_TRUE(Chain{}.check(justNow)) << "both ends belong to the time";
}

TEST(CertificateProfile, RefusesOtherVersionsAndSerials) {
    expectAllRefused(endEntity(kPeer), {{"version 1", "version", [](Specimen& s) { s.version = 1; }},
                                        {"negative", "serial", [](Specimen& s) { s.serial = {0x81}; }},
                                        {"21 octets", "serial", [](Specimen& s) { s.serial = Bytes(21, 0x11); }}});
    auto zero = *readCertificate(issue(endEntity(kPeer)).der); // GnuTLS does not write it
    zero.serial = {0x00};
    EXPECT_FALSE(checkProfile(zero, CertificateKind::identity, kNow));
    auto longest = endEntity(kPeer);
    longest.serial = Bytes(21, 0xee);
    longest.serial.front() = 0; // 20 octets and the sign, as the reference tool makes them
    EXPECT_TRUE(Chain{}.check(longest));
}

TEST(CertificateProfile, RefusesOtherPoliciesNamesAndUnknownCriticalExtensions) {
    expectAllRefused(
        endEntity(kPeer),
        {{"another policy", "certificatePolicies", [](Specimen& s) { s.policies = {"1.2.3.4"}; }},
         {"no uuid", "uuid:", [](Specimen& s) { s.subject = "CN=somebody"; }},
         {"a truncated uuid", "uuid:", [](Specimen& s) { s.subject = "CN=uuid:5000000f-0000"; }},
         {"name constraints", "critical extension", [](Specimen& s) { s.unknownExtension = "2.5.29.30"; }},
         {"an unknown one", "critical extension", [](Specimen& s) { s.unknownExtension = "1.3.6.1.4.1.99999.1"; }}});
    auto ours = endEntity(kPeer);
    ours.policies = {std::string{oid::ocfPolicy}};
    EXPECT_TRUE(Chain{}.check(ours));
}

TEST(Conformance, CE_17_role_cert_profile) {
    const auto right = roleHolder(kPeer, {{"admin", std::nullopt}});
    expectAllRefused(
        right,
        {{"no role OID", "lacks", [](Specimen& s) { s.purposes.pop_back(); }},
         {"the identity OID", "forbidden", [](Specimen& s) { s.purposes.back() = std::string{oid::ocfIdentity}; }},
         {"both OIDs", "forbidden", [](Specimen& s) { s.purposes.emplace_back(oid::ocfIdentity); }},
         {"any purpose", "forbidden", [](Specimen& s) { s.purposes.emplace_back(oid::anyPurpose); }},
         {"no uuid", "uuid:", [](Specimen& s) { s.subject = "CN=somebody"; }}},
        ChainUse::role);
    auto bare = right;
    bare.purposes = {std::string{oid::ocfRole}};
    EXPECT_TRUE(Chain{}.check(bare, ChainUse::role)) << "serverAuth and clientAuth may be missing (facts 6.5)";
    EXPECT_FALSE(Chain{}.check(right, ChainUse::identity)) << "a role certificate is no identity";
    EXPECT_FALSE(Chain{}.check(endEntity(kPeer), ChainUse::role));
}

TEST(Conformance, CE_15_intermediate_pathlen_otm) {
    const Chain world;
    const auto through = [&](int pathLength, ChainUse use) {
        const auto intermediate = issue(authority("CN=Test sub", pathLength), &world.root());
        return world.check(issue(endEntity(kPeer), &intermediate).chain(), use).ok();
    };
    EXPECT_TRUE(through(0, ChainUse::manufacturer));
    EXPECT_FALSE(through(-1, ChainUse::manufacturer));
    EXPECT_FALSE(through(1, ChainUse::manufacturer));
    EXPECT_TRUE(through(0, ChainUse::identity));
    EXPECT_TRUE(through(1, ChainUse::identity)) << "elsewhere as deep as needed is enough";
    EXPECT_FALSE(through(-1, ChainUse::identity));
    // Two intermediates: the upper one needs pathLen 1, and a maker's chain has no room for it.
    for (const int upperPath : {0, 1}) {
        const auto upper = issue(authority("CN=Upper", upperPath), &world.root());
        const auto lower = issue(authority("CN=Lower", 0), &upper);
        const auto leaf = issue(endEntity(kPeer), &lower);
        EXPECT_EQ(world.check(leaf.chain()).ok(), upperPath == 1);
        EXPECT_FALSE(world.check(leaf.chain(), ChainUse::manufacturer));
    }
}

TEST(Conformance, CE_16_root_self_issued) {
    const Chain world;
    const auto leaf = issue(endEntity(kPeer), &world.root());
    EXPECT_TRUE(world.check(leaf.chain(false)));
    EXPECT_TRUE(world.check(leaf.chain(true))) << "the root may be included";
    // An intermediate that names itself as its issuer stands where only a root may.
    const auto false1 = issueFalsely(authority("CN=Test root", 0), world.root(), world.root().key);
    const auto below = issue(endEntity(kPeer), &false1);
    EXPECT_FALSE(world.check({below.der, false1.der}));
    EXPECT_FALSE(world.check({below.der, false1.der, world.root().der}));
    // A leaf that is its own issuer.
    EXPECT_FALSE(world.check({issue(endEntity(kPeer)).der}));
    // A root that only has the anchor's name.
    const auto twin = issue(authority("CN=Test root"));
    EXPECT_FALSE(world.check(issue(endEntity(kPeer), &twin).chain(true)));
    EXPECT_FALSE(world.check(issue(endEntity(kPeer), &twin).chain(false)));
    // An anchor whose issuer is somebody else: names are compared octet by octet.
    const auto sub = issue(authority("CN=Test sub", 0), &world.root());
    const std::vector<TrustAnchor> anchors{{*readCertificate(sub.der), std::nullopt}};
    EXPECT_FALSE(checkChain({issue(endEntity(kPeer), &sub).der}, {ChainUse::identity, kNow, anchors}));
    const auto spaced = issueFalsely(endEntity(kPeer), issue(authority("CN=Test  root")), world.root().key);
    EXPECT_FALSE(world.check({spaced.der}));
}

TEST(CertificateProfile, RootsAndIntermediatesHaveTheirOwnRules) {
    const auto accepted = [](const Specimen& specimen, CertificateKind kind) {
        const auto parent = issue(authority("CN=Parent"));
        const bool root = kind == CertificateKind::root || kind == CertificateKind::mfgRoot;
        const auto made = root ? issue(specimen) : issue(specimen, &parent);
        return checkProfile(*readCertificate(made.der), kind, kNow).ok();
    };
    auto signs = authority("CN=CA", 0);
    for (const auto kind : {CertificateKind::root, CertificateKind::intermediate, CertificateKind::mfgRoot,
                            CertificateKind::mfgIntermediate})
        EXPECT_TRUE(accepted(signs, kind));
    signs.keyUsage = GNUTLS_KEY_KEY_CERT_SIGN;
    EXPECT_TRUE(accepted(signs, CertificateKind::root));
    EXPECT_FALSE(accepted(signs, CertificateKind::mfgRoot)) << "the maker's chain needs cRLSign";
    EXPECT_FALSE(accepted(signs, CertificateKind::mfgIntermediate));
    signs.keyUsage = GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN | GNUTLS_KEY_DIGITAL_SIGNATURE;
    EXPECT_TRUE(accepted(signs, CertificateKind::intermediate));
    signs.keyUsage = GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN | GNUTLS_KEY_KEY_AGREEMENT;
    EXPECT_FALSE(accepted(signs, CertificateKind::root));
    EXPECT_FALSE(accepted(signs, CertificateKind::intermediate));
    auto noAuthority = authority("CN=CA");
    noAuthority.ca = false;
    EXPECT_FALSE(accepted(noAuthority, CertificateKind::root));
    noAuthority.ca.reset();
    EXPECT_FALSE(accepted(noAuthority, CertificateKind::root));
}

TEST(CertificateChain, OrderAndSignaturesCount) {
    const Chain world;
    const auto sub = issue(authority("CN=Test sub", 0), &world.root());
    const auto leaf = issue(endEntity(kPeer), &sub);
    EXPECT_TRUE(world.check({leaf.der, sub.der}));
    EXPECT_FALSE(world.check({sub.der, leaf.der})) << "the leaf comes first";
    EXPECT_FALSE(world.check({leaf.der})) << "the intermediate is missing";
    EXPECT_FALSE(world.check({leaf.der, leaf.der, sub.der})) << "a certificate too many";
    EXPECT_FALSE(world.check(std::vector<Bytes>{}));
    EXPECT_FALSE(world.check(std::vector<Bytes>(kMaxChain + 1, leaf.der)));
    const auto forged = issueFalsely(endEntity(kPeer), sub, TestKey{});
    const auto refused = world.check({forged.der, sub.der});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.failure().what.find("signature"), std::string::npos);
}

TEST(Conformance, CE_09_trustca_subject_restricts) {
    const auto root = issue(authority("CN=Test root"));
    const auto leaf = issue(endEntity(kPeer), &root);
    const auto with = [&](std::optional<Uuid> subject) {
        const std::vector<TrustAnchor> anchors{{*readCertificate(root.der), subject}};
        return checkChain(leaf.chain(), {ChainUse::identity, kNow, anchors});
    };
    EXPECT_TRUE(with(std::nullopt));
    EXPECT_TRUE(with(kPeer));
    const auto other = with(Uuid::parse("a0000000-0000-4000-8000-000000000002"));
    ASSERT_FALSE(other);
    EXPECT_NE(other.failure().what.find("vouches for"), std::string::npos);
}

TEST(Revocation, AListSaysItsNumberItsTimeAndWhenItRevoked) {
    const auto root = issue(authority("CN=Test root"));
    const auto list = readRevocationList(revocationList(root, {Bytes{0x77}, Bytes{0x00, 0x81}}));
    ASSERT_TRUE(list);
    const WallTime when = std::chrono::sys_days{std::chrono::year{2026} / 6 / 1};
    EXPECT_EQ(list->number, 1);
    EXPECT_EQ(list->thisUpdate, when);
    EXPECT_EQ(list->revoked, (std::vector<RevokedCertificate>{{{0x77}, when}, {{0x81}, when}}));
    EXPECT_TRUE(list->lists(Bytes{0x81}));
    EXPECT_FALSE(list->lists(Bytes{0x78}));
}

TEST(Revocation, RevokedCertificatesAreRefusedWhereverTheyStand) {
    const auto root = issue(authority("CN=Test root"));
    auto subSpecimen = authority("CN=Test sub", 0);
    subSpecimen.serial = {0x00, 0xaa, 0x55};
    const auto sub = issue(subSpecimen, &root);
    const auto leaf = issue(endEntity(kPeer), &sub);
    const std::vector<TrustAnchor> anchors{{*readCertificate(root.der), std::nullopt}};
    const auto with = [&](const Bytes& list) {
        const auto read = readRevocationList(list);
        EXPECT_TRUE(read);
        return checkChain(leaf.chain(), {ChainUse::identity, kNow, anchors, &*read});
    };
    EXPECT_TRUE(with(revocationList(root, {})));
    EXPECT_TRUE(with(revocationList(sub, {Bytes{0x77}})));
    EXPECT_FALSE(with(revocationList(sub, {Bytes{0x77}, Bytes{0x01, 0x02, 0x03}}))) << "the leaf";
    EXPECT_FALSE(with(revocationList(root, {Bytes{0x00, 0xaa, 0x55}}))) << "the intermediate";
    EXPECT_TRUE(with(revocationList(root, {Bytes{0x01, 0x02, 0x03}}))) << "that serial is another issuer's";
    const TestKey stranger;
    EXPECT_TRUE(with(revocationList(root, {Bytes{0x00, 0xaa, 0x55}}, &stranger))) << "a list the issuer did not sign";
}
