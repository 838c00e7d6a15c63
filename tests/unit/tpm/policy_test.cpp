#include "raw.h"
#include "support/swtpm.h"
#include "support/tcti_tap.h"
#include "tpm/tpm.h"

#include <gtest/gtest.h>

namespace ocfsecd::test {
namespace {

using tpm::Tpm;

// 16 and 21 to 23 would not do: their changes are not counted (L6.7).
constexpr std::uint32_t kPcr = 14;

void extend(TctiTap& tap, std::uint8_t fill) {
    const auto response = tap.send(pcrExtend(kPcr, fill));
    ASSERT_EQ(Reader{ByteView{response}.subspan(6)}.u32(), TSS2_RC_SUCCESS);
}

std::unique_ptr<Tpm> openedOn(TctiTap& tap) {
    auto tpm = Tpm::openOn(tap.context(), {.pcrSelection = {kPcr}});
    if (!tpm)
        throw std::runtime_error{tpm.failure().what};
    if (const auto defined = (*tpm)->defineCounters(0); !defined)
        throw std::runtime_error{defined.failure().what};
    return *std::move(tpm);
}

TEST(Policy, APcrNobodyMeasuredIntoIsRefused) {
    const Swtpm swtpm;
    TctiTap tap{swtpm.tcti()};
    const auto tpm = openedOn(tap);
    const auto refused = tpm->seal(0, SecretBytes{viewOf("secret")});
    EXPECT_EQ(refused.failure().reason, Reason::policyMismatch);
    EXPECT_NE(refused.failure().what.find("PCR 14"), std::string::npos);
    EXPECT_EQ(tap.countOf(TPM2_CC_Create), 0U);
    extend(tap, 1);
    EXPECT_TRUE(tpm->seal(0, SecretBytes{viewOf("secret")}));
}

TEST(Policy, SoIsAPcrOfADynamicLaunchThatNeverWas) {
    const Swtpm swtpm;
    auto tpm = Tpm::open({.tcti = swtpm.tcti(), .pcrSelection = {17}}); // all ones after a reset
    ASSERT_TRUE(tpm);
    ASSERT_TRUE((*tpm)->defineCounters(0));
    EXPECT_EQ((*tpm)->seal(0, SecretBytes{viewOf("secret")}).failure().reason, Reason::policyMismatch);
}

TEST(Policy, APcrThatMovedClosesTheObject) {
    const Swtpm swtpm;
    TctiTap tap{swtpm.tcti()};
    extend(tap, 1);
    const auto tpm = openedOn(tap);
    const auto sealed = tpm->seal(0, SecretBytes{viewOf("secret")});
    ASSERT_TRUE(sealed) << sealed.failure().what;
    const auto back = tpm->unseal(0, *sealed);
    ASSERT_TRUE(back) << back.failure().what;
    EXPECT_TRUE(back->equals(viewOf("secret")));
    extend(tap, 2);
    EXPECT_EQ(tpm->unseal(0, *sealed).failure().reason, Reason::policyMismatch);
    EXPECT_TRUE(tpm->usable());
}

TEST(Policy, ThePcrsComeOnTopOfTheEpoch) {
    const Swtpm swtpm;
    TctiTap tap{swtpm.tcti()};
    extend(tap, 1);
    const auto tpm = openedOn(tap);
    const auto sealed = tpm->seal(0, SecretBytes{viewOf("secret")});
    ASSERT_TRUE(sealed);
    ASSERT_TRUE(tpm->advanceEpoch(0));
    EXPECT_EQ(tpm->unseal(0, *sealed).failure().reason, Reason::policyMismatch);
}

TEST(Policy, AnUnselectedPcrDoesNotMatter) {
    const Swtpm swtpm;
    TctiTap tap{swtpm.tcti()};
    auto tpm = Tpm::openOn(tap.context(), {});
    ASSERT_TRUE(tpm);
    ASSERT_TRUE((*tpm)->defineCounters(0));
    const auto sealed = (*tpm)->seal(0, SecretBytes{viewOf("secret")});
    ASSERT_TRUE(sealed);
    extend(tap, 1);
    EXPECT_TRUE((*tpm)->unseal(0, *sealed));
}

TEST(Policy, APcrMovingBetweenCheckAndUseIsTriedAgain) {
    const Swtpm swtpm;
    TctiTap tap{swtpm.tcti()};
    extend(tap, 1);
    const auto tpm = openedOn(tap);
    const auto sealed = tpm->seal(0, SecretBytes{viewOf("secret")});
    ASSERT_TRUE(sealed);
    // Any PCR that counts spoils the check; ours keeps its value, so the second try has to work.
    int moves = 1;
    tap.beforeCommand = [&](std::uint32_t code, ByteView) {
        if (code == TPM2_CC_Unseal && moves-- > 0)
            (void)tap.send(pcrExtend(kPcr - 1, 9));
    };
    const auto back = tpm->unseal(0, *sealed);
    ASSERT_TRUE(back) << back.failure().what;
    EXPECT_TRUE(back->equals(viewOf("secret")));
    EXPECT_EQ(tap.countOf(TPM2_CC_Unseal), 2U);
    // A storm of changes ends, and with a name.
    moves = 1000;
    EXPECT_EQ(tpm->unseal(0, *sealed).failure().reason, Reason::policyMismatch);
    EXPECT_LT(tap.countOf(TPM2_CC_Unseal), 10U);
    EXPECT_TRUE(tpm->usable());
}

TEST(Policy, APcrThatDoesNotExistIsAConfigurationFault) {
    const Swtpm swtpm;
    const auto refused = Tpm::open({.tcti = swtpm.tcti(), .pcrSelection = {7, 24}});
    EXPECT_EQ(refused.failure().reason, Reason::configuration);
    EXPECT_NE(refused.failure().what.find("24"), std::string::npos);
}

TEST(Policy, AnInterposerCannotChooseThePolicy) {
    const Swtpm swtpm;
    TctiTap tap{swtpm.tcti()};
    auto tpm = Tpm::openOn(tap.context(), {});
    ASSERT_TRUE(tpm);
    ASSERT_TRUE((*tpm)->defineCounters(0));
    // A digest put in the TPM's place would be one the interposer can satisfy.
    tap.onResponse = [](std::uint32_t code, Bytes& response) {
        if (code == TPM2_CC_PolicyGetDigest && response.size() > 50)
            response[30] ^= 0xff;
    };
    EXPECT_EQ((*tpm)->seal(0, SecretBytes{viewOf("secret")}).failure().reason, Reason::tpmUnavailable);
    EXPECT_EQ(tap.countOf(TPM2_CC_Create), 0U);
    EXPECT_FALSE((*tpm)->usable());
}

} // namespace
} // namespace ocfsecd::test
