#include "tpm/response.h"

#include <gtest/gtest.h>

namespace ocfsecd::tpm {
namespace {

struct Row {
    TSS2_RC rc;
    Reason reason;
    bool ends;
};

// The numbers are those measured with tpm2-tss 3.2 and swtpm, not computed from its headers.
constexpr Row kRows[] = {
    {0x126, Reason::policyMismatch, false},    // PolicyNV of another value
    {0x99d, Reason::policyMismatch, false},    // Unseal after a PCR moved
    {0x128, Reason::policyMismatch, false},    // PCR moved between PolicyPCR and Unseal
    {0x1df, Reason::foreignState, false},      // Load of another TPM's object
    {0x9a2, Reason::ownerAuthRequired, false}, // owner password set
    {0x921, Reason::tpmLockout, false},
    {0xb0921, Reason::tpmLockout, false},    // the same from the kernel's resource manager
    {0x14b, Reason::limitReached, false},    // no room for an NV index
    {0x920, Reason::busy, false},            // NV writes limited
    {0xa000a, Reason::tpmUnavailable, true}, // swtpm killed
    {0x70007, Reason::tpmUnavailable, true}, // and after that
    {0x7001b, Reason::tpmUnavailable, true}, // response changed on the way
    {0x101, Reason::tpmUnavailable, true},   // failure mode
    {0x902, Reason::tpmUnavailable, true},   // out of transient objects
    {0x1c4, Reason::tpmUnavailable, true},   // nothing our commands should ever earn
};

TEST(Response, EachCodeHasItsReason) {
    for (const auto& row : kRows) {
        const auto failure = failureOf(row.rc, "trying");
        EXPECT_EQ(failure.reason, row.reason) << std::hex << row.rc;
        EXPECT_EQ(endsConnection(row.rc), row.ends) << std::hex << row.rc;
        EXPECT_EQ(failure.what.rfind("trying failed: ", 0), 0U) << failure.what;
        EXPECT_FALSE(failure.next.empty());
    }
}

TEST(Response, TheTextNamesTheCode) {
    const auto text = failureOf(0x99d, "unsealing").what;
    EXPECT_NE(text.find("0x99d"), std::string::npos);
    EXPECT_NE(text.find("policy"), std::string::npos) << text; // Tss2_RC_Decode's words
}

TEST(Response, OnlyAParametersFaultIsTheBlobsFault) {
    EXPECT_TRUE(refusesParameter(0x1df));
    EXPECT_TRUE(refusesParameter(0x2d5)); // second parameter, size
    EXPECT_FALSE(refusesParameter(0x99d));
    EXPECT_FALSE(refusesParameter(0x18b)); // a handle
    EXPECT_FALSE(refusesParameter(0x921));
    EXPECT_FALSE(refusesParameter(0x7001b));
    EXPECT_FALSE(refusesParameter(0));
}

} // namespace
} // namespace ocfsecd::tpm
