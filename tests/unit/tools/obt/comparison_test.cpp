#include "tools/obt/comparison.h"

#include "support/certificates.h"
#include "svr/trust.h"
#include "tools/obt/certificate_standing.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace ocfsecd::obt {

namespace {

const Uuid kDevice = *Uuid::parse("ab0349bf-2f08-4ed9-5a4b-5d6961cec6a1");
const Uuid kSelf = *Uuid::parse("00bcb47c-1eb9-4b89-4132-c2d2181ca984");
const Uuid kOther = *Uuid::parse("11111111-1111-4111-8111-111111111111");
const Failure kDenied{Reason::notAuthorised, "4.01", ""};

Subject saved() {
    Subject out;
    out.device = kDevice;
    out.owner = kSelf;
    out.rowners = {kSelf, kSelf, kSelf, kSelf};
    return out;
}
Statements truth() {
    Doxm doxm;
    doxm.owned = true;
    doxm.device = kDevice;
    doxm.devowner = doxm.rowner = kSelf;
    Pstat pstat;
    pstat.rowner = kSelf;
    Cred cred;
    cred.rowner = kSelf;
    cred.entries = {{7, 1, kSelf.text(), ""}};
    return {doxm, pstat, cred, kSelf};
}
Verdict verdictOf(const Statements& said) {
    return overall(compare(saved(), kSelf, said));
}

} // namespace

TEST(Comparison, ADeviceAsSavedIsTheSame) {
    EXPECT_EQ(verdictOf(truth()), Verdict::same);
}

TEST(Comparison, EveryPropertyIsCompared) {
    auto said = truth();
    said.doxm->owned = false;
    EXPECT_EQ(verdictOf(said), Verdict::differs);
    said = truth();
    said.doxm->device = kOther;
    EXPECT_EQ(verdictOf(said), Verdict::differs);
    said = truth();
    said.doxm->devowner = kOther;
    EXPECT_EQ(verdictOf(said), Verdict::differs);
    said = truth();
    said.doxm->rowner = kOther;
    EXPECT_EQ(verdictOf(said), Verdict::differs);
    said = truth();
    said.pstat->rowner = kOther;
    EXPECT_EQ(verdictOf(said), Verdict::differs);
    said = truth();
    said.cred->rowner = kOther;
    EXPECT_EQ(verdictOf(said), Verdict::differs);
    said = truth();
    said.cred->entries[0].credtype = 8;
    EXPECT_EQ(verdictOf(said), Verdict::differs);
    said = truth();
    said.aclRowner = kOther;
    EXPECT_EQ(verdictOf(said), Verdict::differs);
}

TEST(Comparison, WhatThisIdentityMayNotReadIsNeitherRightNorWrong) {
    auto said = truth();
    said.doxm = kDenied;
    said.aclRowner = kDenied;
    const auto rows = compare(saved(), kSelf, said);
    EXPECT_EQ(overall(rows), Verdict::same);
    EXPECT_EQ(std::ranges::count(rows, Verdict::unreadable, &Comparison::verdict), 2);
}

TEST(Comparison, NothingReadableProvesNothing) {
    EXPECT_EQ(verdictOf({kDenied, kDenied, kDenied, kDenied}), Verdict::unreadable);
}

TEST(Comparison, AnUnreadableAnswerIsADifference) {
    auto said = truth();
    said.pstat = Failure{Reason::malformed, "garbage", ""};
    EXPECT_EQ(verdictOf(said), Verdict::differs);
}

namespace {

/// A device that has what was issued to it.
struct Certified : ::testing::Test {
    Certified() { kept = {IssuedCertificate{read(leaf.der), read(root.der)}, read(root.der)}; }
    static svr::Certificate read(const Bytes& der) { return *svr::readCertificate(der); }
    static Cred::Entry entry(std::string_view usage, const Bytes& der) {
        return {3, 8, "*", std::string{usage}, svr::toPem(der), {}};
    }
    std::vector<Comparison> rows() const { return compareCertificates(kept, Result<Cred>{cred}, {now, revoked}); }
    /// Something is to be done, and it is a difference.
    void expectDiffers(std::string_view property) const {
        const auto all = rows();
        const auto found = std::ranges::find(all, property, &Comparison::property);
        ASSERT_NE(found, all.end()) << property;
        EXPECT_EQ(found->verdict, Verdict::differs);
        EXPECT_EQ(found->next, "ocf-obt certify TARGET");
        EXPECT_EQ(std::ranges::count(all, Verdict::differs, &Comparison::verdict), 1) << property;
    }

    static test::Specimen longLived() {
        auto out = test::authority("CN=Home root");
        out.notAfter += std::chrono::days{3650};
        return out;
    }

    test::Issued root = test::issue(longLived());
    test::Issued leaf = test::issue(test::endEntity(kDevice), &root);
    svr::WallTime now = std::chrono::sys_days{std::chrono::year{2027} / 6 / 1};
    std::optional<svr::RevocationList> revoked;
    Certification kept;
    Cred cred{{entry(svr::credusage::trustca, root.der), entry(svr::credusage::cert, leaf.der)}, kSelf};
};

} // namespace

TEST_F(Certified, IsAsSavedWithTheVeryCertificateAndItsRoot) {
    EXPECT_EQ(overall(rows()), Verdict::same);
    EXPECT_EQ(nextOf(rows()), "");
    EXPECT_EQ(rows().size(), 3U);
    const auto stranger = test::issue(test::authority("CN=Other root"));
    cred.entries.push_back(entry(svr::credusage::cert, test::issue(test::endEntity(kDevice), &stranger).der));
    cred.entries.push_back(entry(svr::credusage::trustca, stranger.der));
    EXPECT_EQ(overall(rows()), Verdict::same) << "what others certified is theirs";
}

TEST_F(Certified, EveryDifferenceSaysCertify) {
    const auto whole = cred.entries;
    cred.entries = {whole[0]};
    expectDiffers("cred cert of this CA");
    cred.entries = {whole[0], whole[1], entry(svr::credusage::cert, test::issue(test::endEntity(kDevice), &root).der)};
    expectDiffers("cred cert of this CA");
    cred.entries = {whole[1]};
    expectDiffers("cred trustca");
    cred.entries = {whole[0], whole[1],
                    entry(svr::credusage::trustca, test::issue(test::authority("CN=Home root")).der)};
    expectDiffers("cred trustca");
    cred.entries = whole;
    kept.issued.reset();
    const auto all = rows();
    EXPECT_EQ(all.front().saved, "none");
    EXPECT_EQ(all.front().verdict, Verdict::differs) << "issued, but not kept here";
}

TEST_F(Certified, AnotherCertificateOfTheSameSerialNumberIsSeen) {
    cred.entries[1] =
        entry(svr::credusage::cert, test::issueFalsely(test::endEntity(kDevice), root, test::TestKey{}).der);
    expectDiffers("cred cert of this CA");
    EXPECT_NE(rows().front().device.find("another certificate"), std::string::npos);
}

TEST_F(Certified, TheTimeIsTold) {
    const auto end = kept.issued->certificate.notAfter;
    now = end - std::chrono::days{29};
    EXPECT_EQ(overall(rows()), Verdict::same);
    EXPECT_EQ(nextOf(rows()), "ocf-obt certify TARGET") << "soon";
    now = end + std::chrono::seconds{1};
    expectDiffers("certificate valid");
    EXPECT_EQ(nextOf(rows()), "ocf-obt certify TARGET");
    now = kept.issued->certificate.notBefore - std::chrono::seconds{1};
    EXPECT_EQ(nextOf(rows()), "set the clock of this machine");
}

TEST_F(Certified, ARevokedCertificateIsADifference) {
    const auto& certificate = kept.issued->certificate;
    revoked = *svr::readRevocationList(test::revocationList(root, {certificate.serial}));
    EXPECT_EQ(standingOf(certificate, {now, revoked}), CertificateStanding::revoked);
    EXPECT_EQ(overall(rows()), Verdict::differs);
    EXPECT_NE(nextOf(rows()).find("reset"), std::string::npos) << nextOf(rows());
    const auto stranger = test::issue(test::authority("CN=Other root"));
    revoked = *svr::readRevocationList(test::revocationList(stranger, {certificate.serial}));
    EXPECT_EQ(overall(rows()), Verdict::same) << "another issuer's number";
}

TEST_F(Certified, OneThatEndsWithItsRootNeedsAnotherRoot) {
    now = kept.issued->certificate.notAfter - std::chrono::days{1};
    auto spec = test::authority("CN=Home root");
    spec.notAfter = kept.issued->certificate.notAfter;
    kept.root = read(test::issue(spec, nullptr, root.key).der);
    cred.entries[0] = entry(svr::credusage::trustca, kept.root->der);
    EXPECT_EQ(overall(rows()), Verdict::same);
    EXPECT_EQ(nextOf(rows()), "ocf-obt ca renew");
}

TEST_F(Certified, WhatMayNotBeReadIsNotCompared) {
    const auto all = compareCertificates(kept, Result<Cred>{kDenied}, {now, {}});
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all.front().property, "certificate valid");
}

TEST_F(Certified, ADeviceOfNoCaHereHasNothingToCompare) {
    kept.issued.reset();
    cred.entries.clear();
    EXPECT_TRUE(rows().empty()) << "this CA has not certified it";
    kept.root.reset();
    EXPECT_TRUE(rows().empty());
}

TEST_F(Certified, AShortLifeEndsSoonInItsLastThird) {
    auto spec = test::endEntity(kDevice);
    spec.notBefore = now;
    spec.notAfter = now + std::chrono::days{9};
    const auto brief = read(test::issue(spec, &root).der);
    EXPECT_EQ(standingOf(brief, {now + std::chrono::days{5}}), CertificateStanding::good);
    EXPECT_EQ(standingOf(brief, {now + std::chrono::days{6}}), CertificateStanding::endsSoon);
    EXPECT_EQ(standingOf(brief, {spec.notAfter}), CertificateStanding::endsSoon) << "valid to its last second";
    EXPECT_EQ(certificateJson(brief, {spec.notAfter})["issuer"], "\"Home root\"");
}

} // namespace ocfsecd::obt
