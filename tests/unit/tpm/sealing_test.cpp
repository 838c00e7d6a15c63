#include "base/random.h"
#include "raw.h"
#include "support/swtpm.h"
#include "support/tcti_tap.h"
#include "tpm/tpm.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace ocfsecd::test {
namespace {

using tpm::SealedObject;
using tpm::Tpm;

Bytes secretOctets(std::size_t size, std::uint8_t first = 0xa0) {
    Bytes out;
    for (std::size_t i = 0; i < size; ++i)
        out.push_back(static_cast<std::uint8_t>(first + i * 7));
    return out;
}

std::unique_ptr<Tpm> opened(const Swtpm& swtpm) {
    auto tpm = Tpm::open({.tcti = swtpm.tcti()});
    if (!tpm)
        throw std::runtime_error{tpm.failure().what};
    return *std::move(tpm);
}

std::unique_ptr<Tpm> openedOn(TctiTap& tap) {
    auto tpm = Tpm::openOn(tap.context(), {});
    if (!tpm)
        throw std::runtime_error{tpm.failure().what};
    return *std::move(tpm);
}

/// A TPM whose device 0 has its counters.
struct Ready {
    Swtpm swtpm;
    std::unique_ptr<Tpm> tpm = opened(swtpm);
    Ready() { EXPECT_TRUE(tpm->defineCounters(0)); }
};

TEST(Sealing, GivesBackWhatWasSealed) {
    Ready on;
    for (const std::size_t size : {1U, 16U, 32U, 128U}) {
        const auto octets = secretOctets(size);
        const auto sealed = on.tpm->seal(0, SecretBytes{octets});
        ASSERT_TRUE(sealed) << sealed.failure().what;
        const auto back = on.tpm->unseal(0, *sealed);
        ASSERT_TRUE(back) << back.failure().what;
        EXPECT_TRUE(back->equals(octets));
    }
}

/// So many copies of a secret are in this process's memory. It is told masked, so that the search finds not itself.
constexpr std::uint8_t kMask = 0xa5;
std::size_t copiesOf(ByteView masked) {
    constexpr std::uint64_t tooLarge = 256U << 20; // a sanitizer's own
    std::ifstream maps{"/proc/self/maps"};
    const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    EXPECT_GE(memory, 0);
    std::size_t found = 0;
    Bytes window(1U << 20);
    for (std::string line; std::getline(maps, line);) {
        std::uint64_t first = 0, end = 0;
        char rights[5] = {};
        if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %4s", &first, &end, rights) != 3 ||
            std::string_view{rights}.substr(0, 2) != "rw" || end - first > tooLarge)
            continue;
        while (first < end) {
            const auto wanted = std::min<std::uint64_t>(window.size(), end - first);
            const auto got = ::pread(memory, window.data(), wanted, static_cast<off_t>(first));
            if (got <= 0)
                break;
            const auto to = window.begin() + got;
            const auto same = [](std::uint8_t octet, std::uint8_t hidden) { return octet == (hidden ^ kMask); };
            for (auto at = window.begin(); (at = std::search(at, to, masked.begin(), masked.end(), same)) != to; ++at)
                ++found;
            std::ranges::fill(window, std::uint8_t{0});
            first += static_cast<std::uint64_t>(got);
        }
    }
    ::close(memory);
    return found;
}

TEST(Sealing, LeavesNoCopyOfWhatWasUnsealed) {
    Ready on;
    Bytes masked(32);
    SystemRandom{}.fill(masked);
    const auto sealed = [&] {
        SecretBytes secret{masked.size()};
        std::ranges::transform(masked, secret.edit().begin(),
                               [](auto octet) { return static_cast<std::uint8_t>(octet ^ kMask); });
        return on.tpm->seal(0, secret);
    }();
    ASSERT_TRUE(sealed);
    {
        const auto back = on.tpm->unseal(0, *sealed);
        ASSERT_TRUE(back);
        EXPECT_EQ(copiesOf(masked), 1U) << "the one that was asked for";
    }
    EXPECT_EQ(copiesOf(masked), 0U);
    const auto again = on.tpm->unseal(0, *sealed);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->size(), masked.size()) << "what follows is not disturbed";
}

TEST(Sealing, RefusesNothingAndTooMuch) {
    Ready on;
    EXPECT_EQ(on.tpm->seal(0, SecretBytes{}).failure().reason, Reason::tooLarge);
    EXPECT_EQ(on.tpm->seal(0, SecretBytes{std::size_t{129}}).failure().reason, Reason::tooLarge);
    EXPECT_TRUE(on.tpm->usable());
}

TEST(Sealing, SurvivesAnotherProcessAndARestartOfTheTpm) {
    Ready on;
    const auto octets = secretOctets(16);
    const auto sealed = on.tpm->seal(0, SecretBytes{octets});
    ASSERT_TRUE(sealed);
    on.tpm.reset();
    on.swtpm.kill();
    on.swtpm.start();
    const auto back = opened(on.swtpm)->unseal(0, *sealed);
    ASSERT_TRUE(back) << back.failure().what;
    EXPECT_TRUE(back->equals(octets));
}

TEST(Sealing, AnEmptyPasswordDoesNotOpenTheObject) {
    Ready on;
    const auto sealed = on.tpm->seal(0, SecretBytes{secretOctets(16)});
    ASSERT_TRUE(sealed);
    on.tpm.reset();
    const RawTpm raw{on.swtpm.tcti()};
    EXPECT_EQ(raw.unsealWithEmptyPassword(raw.primary(), *sealed), TSS2_RC{0x12f}); // TPM_RC_AUTH_UNAVAILABLE (L6.4)
}

TEST(Sealing, TheObjectHasTheStatedAttributes) {
    Ready on;
    const auto sealed = on.tpm->seal(0, SecretBytes{secretOctets(16)});
    ASSERT_TRUE(sealed);
    Reader reader{sealed->publicArea};
    reader.take(2);
    EXPECT_EQ(reader.u16(), TPM2_ALG_KEYEDHASH);
    EXPECT_EQ(reader.u16(), TPM2_ALG_SHA256);
    EXPECT_EQ(reader.u32(), std::uint32_t{0x492}); // fixedTPM 1, fixedParent 4, adminWithPolicy 7, noDA 10: part 2, 8.3
    EXPECT_EQ(reader.u16(), 32);
}

TEST(Sealing, ARecorderOnTheBusSeesNoSecret) {
    const Swtpm swtpm;
    TctiTap tap{swtpm.tcti()};
    const auto octets = secretOctets(32);
    {
        const auto tpm = openedOn(tap);
        ASSERT_TRUE(tpm->defineCounters(0));
        const auto sealed = tpm->seal(0, SecretBytes{octets});
        ASSERT_TRUE(sealed);
        const auto back = tpm->unseal(0, *sealed);
        ASSERT_TRUE(back);
        ASSERT_TRUE(back->equals(octets));
        EXPECT_EQ(tap.countOf(TPM2_CC_Create), 1U);
        EXPECT_EQ(tap.countOf(TPM2_CC_Unseal), 1U);
        for (std::size_t at = 0; at + 4 <= octets.size(); at += 4)
            EXPECT_FALSE(tap.saw(ByteView{octets}.subspan(at, 4))) << "octets " << at;
    }
    // The control: the same recorder does see it where nothing protects it.
    const RawTpm raw{tap.context()};
    const auto parent = raw.primary();
    TPM2B_SENSITIVE_CREATE sensitive{};
    sensitive.sensitive.data.size = 32;
    std::memcpy(sensitive.sensitive.data.buffer, octets.data(), 32);
    TPM2B_PUBLIC area{};
    area.publicArea.type = TPM2_ALG_KEYEDHASH;
    area.publicArea.nameAlg = TPM2_ALG_SHA256;
    area.publicArea.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH;
    area.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
    const TPM2B_DATA outside{};
    const TPML_PCR_SELECTION pcrs{};
    TPM2B_PRIVATE* privateArea = nullptr;
    TPM2B_PUBLIC* publicArea = nullptr;
    tap.forget();
    ASSERT_EQ(Esys_Create(raw.esys(), parent, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &area, &outside,
                          &pcrs, &privateArea, &publicArea, nullptr, nullptr, nullptr),
              TSS2_RC_SUCCESS);
    EXPECT_TRUE(tap.saw(octets));
    Esys_Free(privateArea);
    Esys_Free(publicArea);
}

TEST(Sealing, WhatWasSealedBeforeAnEpochAdvanceDoesNotOpen) {
    Ready on;
    const auto octets = secretOctets(16);
    const auto old = on.tpm->seal(0, SecretBytes{octets});
    ASSERT_TRUE(old);
    ASSERT_TRUE(on.tpm->advanceEpoch(0));
    EXPECT_EQ(on.tpm->unseal(0, *old).failure().reason, Reason::policyMismatch);
    EXPECT_TRUE(on.tpm->usable());
    const auto fresh = on.tpm->seal(0, SecretBytes{octets});
    ASSERT_TRUE(fresh);
    EXPECT_TRUE(on.tpm->unseal(0, *fresh));
    on.tpm.reset();
    EXPECT_EQ(opened(on.swtpm)->unseal(0, *old).failure().reason, Reason::policyMismatch);
}

TEST(Sealing, AnEpochAdvancedBySomebodyElseIsNoticedAtOnce) {
    const Swtpm swtpm;
    TctiTap tap{swtpm.tcti()};
    const auto tpm = openedOn(tap);
    ASSERT_TRUE(tpm->defineCounters(0));
    const auto old = tpm->seal(0, SecretBytes{secretOctets(16)});
    ASSERT_TRUE(old);
    ASSERT_TRUE(tpm->unseal(0, *old));
    ASSERT_EQ(Reader{ByteView{tap.send(nvIncrement(tpm::Options{}.nvBase))}.subspan(6)}.u32(), TSS2_RC_SUCCESS);
    EXPECT_EQ(tpm->unseal(0, *old).failure().reason, Reason::policyMismatch);
    const auto fresh = tpm->seal(0, SecretBytes{secretOctets(16)});
    ASSERT_TRUE(fresh);
    EXPECT_TRUE(tpm->unseal(0, *fresh));
}

TEST(Sealing, AComingEpochOpensOnlyWhenItIsThere) {
    Ready on;
    const auto epoch = (**on.tpm->readCounters(0)).epoch;
    const auto octets = secretOctets(16);
    const auto ahead = on.tpm->sealAt(0, epoch + 1, SecretBytes{octets});
    ASSERT_TRUE(ahead);
    EXPECT_EQ(on.tpm->unseal(0, *ahead).failure().reason, Reason::policyMismatch);
    ASSERT_TRUE(on.tpm->advanceEpoch(0));
    const auto back = on.tpm->unseal(0, *ahead);
    ASSERT_TRUE(back) << back.failure().what;
    EXPECT_TRUE(back->equals(octets));
}

TEST(Sealing, ADevicesEpochLeavesItsNeighbourAlone) {
    Ready on;
    ASSERT_TRUE(on.tpm->defineCounters(1));
    const auto neighbour = on.tpm->seal(1, SecretBytes{secretOctets(16)});
    ASSERT_TRUE(neighbour);
    ASSERT_TRUE(on.tpm->advanceEpoch(0));
    EXPECT_TRUE(on.tpm->unseal(1, *neighbour));
    EXPECT_EQ(on.tpm->unseal(0, *neighbour).failure().reason, Reason::policyMismatch);
}

TEST(Sealing, AnotherTpmsObjectIsForeign) {
    Ready here;
    const auto sealed = here.tpm->seal(0, SecretBytes{secretOctets(16)});
    ASSERT_TRUE(sealed);
    Ready there;
    EXPECT_EQ(there.tpm->unseal(0, *sealed).failure().reason, Reason::foreignState);
    EXPECT_NE(toHex(here.tpm->parentName()), toHex(there.tpm->parentName()));
    const auto own = there.tpm->seal(0, SecretBytes{secretOctets(16)});
    ASSERT_TRUE(own);
    EXPECT_TRUE(there.tpm->unseal(0, *own));
}

TEST(Sealing, ADamagedObjectIsRefusedAndHarmsNothing) {
    Ready on;
    const auto octets = secretOctets(16);
    const auto good = on.tpm->seal(0, SecretBytes{octets});
    ASSERT_TRUE(good);
    for (std::size_t at = 0; at < good->publicArea.size(); at += 3) {
        auto bad = *good;
        bad.publicArea[at] ^= 0x41;
        EXPECT_EQ(on.tpm->unseal(0, bad).failure().reason, Reason::foreignState) << "public octet " << at;
    }
    for (std::size_t at = 0; at < good->privateArea.size(); at += 5) {
        auto bad = *good;
        bad.privateArea[at] ^= 0x41;
        EXPECT_EQ(on.tpm->unseal(0, bad).failure().reason, Reason::foreignState) << "private octet " << at;
    }
    EXPECT_EQ(on.tpm->unseal(0, SealedObject{}).failure().reason, Reason::foreignState);
    auto longer = *good;
    longer.privateArea.push_back(0);
    EXPECT_EQ(on.tpm->unseal(0, longer).failure().reason, Reason::foreignState);
    const auto back = on.tpm->unseal(0, *good);
    ASSERT_TRUE(back) << back.failure().what;
    EXPECT_TRUE(back->equals(octets));
}

TEST(Sealing, AHundredRoundsLeaveNothingInTheTpm) {
    Ready on;
    const auto octets = secretOctets(16);
    for (int i = 0; i < 100; ++i) {
        const auto sealed = on.tpm->seal(0, SecretBytes{octets});
        ASSERT_TRUE(sealed) << sealed.failure().what;
        ASSERT_TRUE(on.tpm->unseal(0, *sealed));
    }
    on.tpm.reset();
    const RawTpm raw{on.swtpm.tcti()};
    EXPECT_EQ(raw.leftovers(), 0U);
}

TEST(Sealing, SessionsAreReusedOverCommands) {
    const Swtpm swtpm;
    TctiTap tap{swtpm.tcti()};
    const auto tpm = openedOn(tap);
    ASSERT_TRUE(tpm->defineCounters(0));
    const auto sealed = tpm->seal(0, SecretBytes{secretOctets(16)});
    ASSERT_TRUE(sealed);
    ASSERT_TRUE(tpm->unseal(0, *sealed));
    const auto before = tap.countOf(TPM2_CC_StartAuthSession);
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(tpm->unseal(0, *sealed));
    EXPECT_EQ(tap.countOf(TPM2_CC_StartAuthSession), before);
}

} // namespace
} // namespace ocfsecd::test
