#include "raw.h"
#include "support/swtpm.h"
#include "support/tcti_tap.h"
#include "tpm/tpm.h"

#include <gtest/gtest.h>

namespace ocfsecd::test {
namespace {

using tpm::Counters;
using tpm::Tpm;

constexpr TPM2_HANDLE kEpoch0 = 0x01800100; // Options::nvBase, device 0
constexpr TPM2_HANDLE kCounter0 = kEpoch0 + 1;

std::unique_ptr<Tpm> opened(const Swtpm& swtpm, std::uint32_t nvBase = kEpoch0) {
    auto tpm = Tpm::open({.tcti = swtpm.tcti(), .nvBase = nvBase});
    if (!tpm)
        throw std::runtime_error{tpm.failure().what};
    return *std::move(tpm);
}

Counters valueOf(Tpm& tpm, unsigned device = 0) {
    const auto read = tpm.readCounters(device);
    if (!read || !*read)
        throw std::runtime_error{"no counters"};
    return **read;
}

TEST(Counters, DoNotExistBeforeTheyAreDefined) {
    const Swtpm swtpm;
    const auto tpm = opened(swtpm);
    const auto read = tpm->readCounters(0);
    ASSERT_TRUE(read) << read.failure().what;
    EXPECT_FALSE(*read);
    EXPECT_EQ(tpm->advanceEpoch(0).failure().reason, Reason::stateMissing);
    EXPECT_EQ(tpm->seal(0, SecretBytes{viewOf("secret")}).failure().reason, Reason::stateMissing);
    EXPECT_EQ(tpm->nvWrites(), 0U);
    EXPECT_TRUE(tpm->usable());
}

TEST(Counters, BeginWithAnEvenEpochAndGoUpByOne) {
    const Swtpm swtpm;
    const auto tpm = opened(swtpm);
    for (unsigned device = 0; device < 3; ++device) {
        const auto defined = tpm->defineCounters(device);
        ASSERT_TRUE(defined) << defined.failure().what;
        EXPECT_EQ(defined->epoch % 2, 0U);
        EXPECT_EQ(valueOf(*tpm, device).epoch, defined->epoch);
        EXPECT_EQ(valueOf(*tpm, device).counter, defined->counter);
        EXPECT_EQ(*tpm->advanceEpoch(device), defined->epoch + 1);
        EXPECT_EQ(*tpm->advanceCounter(device), defined->counter + 1);
        EXPECT_EQ(*tpm->advanceCounter(device), defined->counter + 2);
        EXPECT_EQ(valueOf(*tpm, device).epoch, defined->epoch + 1);
    }
}

TEST(Counters, DefiningTwiceWritesNothing) {
    const Swtpm swtpm;
    const auto tpm = opened(swtpm);
    ASSERT_TRUE(tpm->defineCounters(0));
    ASSERT_TRUE(tpm->advanceEpoch(0));
    const auto before = tpm->nvWrites();
    const auto again = tpm->defineCounters(0);
    ASSERT_TRUE(again);
    EXPECT_EQ(tpm->nvWrites(), before);
    EXPECT_EQ(again->epoch, valueOf(*tpm).epoch); // odd: an ownership is not ended by this
    EXPECT_EQ(again->epoch % 2, 1U);
}

TEST(Counters, EveryNvCommandIsCounted) {
    const Swtpm swtpm;
    TctiTap tap{swtpm.tcti()};
    auto tpm = Tpm::openOn(tap.context(), {});
    ASSERT_TRUE(tpm);
    ASSERT_TRUE((*tpm)->defineCounters(0));
    ASSERT_TRUE((*tpm)->advanceCounter(0));
    ASSERT_TRUE((*tpm)->readCounters(0));
    EXPECT_EQ((*tpm)->nvWrites(), tap.countOf(TPM2_CC_NV_DefineSpace) + tap.countOf(TPM2_CC_NV_Increment));
    EXPECT_EQ(tap.countOf(TPM2_CC_NV_Write), 0U);
}

TEST(Counters, SurviveLossOfPower) {
    Swtpm swtpm;
    auto tpm = opened(swtpm);
    ASSERT_TRUE(tpm->defineCounters(0));
    ASSERT_TRUE(tpm->advanceCounter(0));
    const auto before = valueOf(*tpm);
    tpm.reset();
    swtpm.kill();
    swtpm.start();
    const auto after = valueOf(*opened(swtpm));
    EXPECT_EQ(after.epoch, before.epoch);
    EXPECT_EQ(after.counter, before.counter);
}

TEST(Counters, UndefinedAndDefinedAgainGoOnAboveTheirOldValues) {
    const Swtpm swtpm;
    auto tpm = opened(swtpm);
    ASSERT_TRUE(tpm->defineCounters(0));
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(tpm->advanceEpoch(0));
        ASSERT_TRUE(tpm->advanceCounter(0));
    }
    const auto before = valueOf(*tpm);
    const auto sealed = tpm->seal(0, SecretBytes{viewOf("secret")});
    ASSERT_TRUE(sealed);
    tpm.reset();
    {
        const RawTpm raw{swtpm.tcti()};
        ASSERT_EQ(raw.undefine(kEpoch0), TSS2_RC_SUCCESS);
        ASSERT_EQ(raw.undefine(kCounter0), TSS2_RC_SUCCESS);
    }
    tpm = opened(swtpm);
    EXPECT_FALSE(*tpm->readCounters(0));
    const auto after = tpm->defineCounters(0);
    ASSERT_TRUE(after);
    EXPECT_GT(after->epoch, before.epoch);
    EXPECT_GT(after->counter, before.counter);
    EXPECT_EQ(tpm->unseal(0, *sealed).failure().reason, Reason::policyMismatch);
}

TEST(Counters, AnInterruptedDefinitionIsFinished) {
    // What a crash can leave: the epoch without a value, with an odd one, with an even one, and the counter without a
    // value.
    for (int increments = 0; increments <= 2; ++increments)
        for (const bool counterToo : {false, true}) {
            const Swtpm swtpm;
            {
                const RawTpm raw{swtpm.tcti()};
                ASSERT_EQ(
                    raw.define(kEpoch0, TPM2_NT_COUNTER << 4 | TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA, 8),
                    TSS2_RC_SUCCESS);
                for (int i = 0; i < increments; ++i)
                    ASSERT_EQ(raw.increment(kEpoch0), TSS2_RC_SUCCESS);
                if (counterToo) {
                    ASSERT_EQ(raw.define(kCounter0,
                                         TPM2_NT_COUNTER << 4 | TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA,
                                         8),
                              TSS2_RC_SUCCESS);
                }
            }
            const auto tpm = opened(swtpm);
            const auto before = tpm->readCounters(0);
            ASSERT_TRUE(before) << before.failure().what;
            EXPECT_FALSE(*before);
            const auto defined = tpm->defineCounters(0);
            ASSERT_TRUE(defined) << defined.failure().what;
            EXPECT_EQ(defined->epoch % 2, 0U);
            EXPECT_EQ(valueOf(*tpm).counter, defined->counter);
        }
}

TEST(Counters, AStrangersIndexIsNotTouched) {
    const struct {
        TPMA_NV attributes;
        UINT16 size;
    } strangers[] = {
        {TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA, 8}, // ordinary: could be set back
        {TPM2_NT_COUNTER << 4 | TPMA_NV_OWNERREAD | TPMA_NV_OWNERWRITE | TPMA_NV_NO_DA, 8}, // a counter of the owner's
        {TPM2_NT_COUNTER << 4 | TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE, 8},                   // one a lockout stops
        {TPM2_NT_COUNTER << 4 | TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA | TPMA_NV_ORDERLY,
         8}, // loses power
    };
    for (const auto& stranger : strangers) {
        const Swtpm swtpm;
        {
            const RawTpm raw{swtpm.tcti()};
            ASSERT_EQ(raw.define(kEpoch0, stranger.attributes, stranger.size), TSS2_RC_SUCCESS);
        }
        const auto tpm = opened(swtpm);
        EXPECT_EQ(tpm->readCounters(0).failure().reason, Reason::foreignState);
        EXPECT_EQ(tpm->defineCounters(0).failure().reason, Reason::foreignState);
        EXPECT_EQ(tpm->nvWrites(), 0U);
        EXPECT_TRUE(tpm->usable());
        EXPECT_TRUE(tpm->defineCounters(1));
    }
}

TEST(Counters, ANumberBeyondTheNvIndicesIsAConfigurationFault) {
    const Swtpm swtpm;
    for (const std::uint32_t base : {0x00ffffffU, 0x02000000U, 0xffffffffU}) {
        const auto tpm = opened(swtpm, base);
        EXPECT_EQ(tpm->readCounters(0).failure().reason, Reason::configuration);
        EXPECT_EQ(tpm->defineCounters(0).failure().reason, Reason::configuration);
    }
    EXPECT_EQ(opened(swtpm, 0x01ffffff)->readCounters(0).failure().reason, Reason::configuration);
    EXPECT_EQ(opened(swtpm)->readCounters(0xffffffff).failure().reason, Reason::configuration);
}

TEST(Counters, ATpmThatIsFullSaysSo) {
    const Swtpm swtpm;
    TctiTap tap{swtpm.tcti()};
    auto opened = Tpm::openOn(tap.context(), {});
    ASSERT_TRUE(opened);
    auto& tpm = **opened;
    ASSERT_TRUE(tpm.defineCounters(0));
    // swtpm has room for hundreds; a chip for some ten.
    tap.answer = [](std::uint32_t code) -> std::optional<Bytes> {
        if (code == TPM2_CC_NV_DefineSpace)
            return responseOf(TPM2_RC_NV_SPACE);
        return std::nullopt;
    };
    EXPECT_EQ(tpm.defineCounters(1).failure().reason, Reason::limitReached);
    EXPECT_TRUE(tpm.usable());
    EXPECT_TRUE(*tpm.readCounters(0));
    tap.answer = nullptr;
    EXPECT_TRUE(tpm.defineCounters(1));
}

} // namespace
} // namespace ocfsecd::test
