#include "tools/obt/comparison.h"

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

} // namespace ocfsecd::obt
