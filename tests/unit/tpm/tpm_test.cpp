#include "raw.h"
#include "support/swtpm.h"
#include "support/tcti_tap.h"
#include "tpm/tpm.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace ocfsecd::test {
namespace {

using tpm::Tpm;

constexpr TPM2_HANDLE kSrk = 0x81000001;

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

TEST(Tpm, SaysWhoMadeIt) {
    const Swtpm swtpm;
    const auto tpm = opened(swtpm);
    EXPECT_EQ(tpm->description().manufacturer, "IBM");
    EXPECT_EQ(std::count(tpm->description().firmware.begin(), tpm->description().firmware.end(), '.'), 3);
    EXPECT_NE(tpm->description().firmware, "0.0.0.0");
}

TEST(Tpm, WithoutATpmItSaysWhere) {
    const auto refused = Tpm::open({.tcti = "swtpm:path=/nonexistent/socket"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().reason, Reason::tpmUnavailable);
    EXPECT_NE(refused.failure().what.find("/nonexistent/socket"), std::string::npos);
    EXPECT_EQ(Tpm::open({.tcti = "nonsense:x"}).failure().reason, Reason::tpmUnavailable);
}

TEST(Tpm, TheParentIsTheSameOnEveryStart) {
    Swtpm swtpm;
    const auto first = copyOf(opened(swtpm)->parentName());
    EXPECT_EQ(first.size(), 34U); // algorithm and SHA-256
    swtpm.kill();
    swtpm.start();
    EXPECT_EQ(copyOf(opened(swtpm)->parentName()), first);
}

TEST(Tpm, ThePersistentStorageRootKeyIsTheSameParent) {
    const Swtpm swtpm;
    auto tpm = opened(swtpm);
    const auto transient = copyOf(tpm->parentName());
    ASSERT_TRUE(tpm->defineCounters(0));
    const auto sealed = tpm->seal(0, SecretBytes{viewOf("secret")});
    ASSERT_TRUE(sealed);
    tpm.reset();
    {
        const RawTpm raw{swtpm.tcti()};
        raw.persist(raw.primary(), kSrk);
    }
    TctiTap tap{swtpm.tcti()};
    const auto again = openedOn(tap);
    EXPECT_EQ(copyOf(again->parentName()), transient);
    EXPECT_EQ(tap.countOf(TPM2_CC_CreatePrimary), 0U);
    EXPECT_TRUE(again->unseal(0, *sealed));
}

TEST(Tpm, AnythingElseAtThatHandleIsLeftAlone) {
    const Swtpm swtpm;
    const auto wanted = copyOf(opened(swtpm)->parentName());
    {
        const RawTpm raw{swtpm.tcti()};
        raw.persist(raw.primary(false), kSrk); // what tpm2_createprimary makes: no noDA (L6.1)
    }
    TctiTap tap{swtpm.tcti()};
    const auto tpm = openedOn(tap);
    EXPECT_EQ(copyOf(tpm->parentName()), wanted);
    EXPECT_EQ(tap.countOf(TPM2_CC_CreatePrimary), 1U);
}

TEST(Tpm, KilledMidCommandItIsUnavailableUntilOpenedAnew) {
    Swtpm swtpm;
    std::optional<tpm::SealedObject> sealed;
    {
        TctiTap tap{swtpm.tcti()};
        const auto tpm = openedOn(tap);
        ASSERT_TRUE(tpm->defineCounters(0));
        sealed = *tpm->seal(0, SecretBytes{viewOf("secret")});
        tap.beforeCommand = [&](std::uint32_t code, ByteView) {
            if (code == TPM2_CC_Unseal)
                swtpm.kill();
        };
        EXPECT_EQ(tpm->unseal(0, *sealed).failure().reason, Reason::tpmUnavailable);
        EXPECT_FALSE(tpm->usable());
        tap.beforeCommand = nullptr;
        EXPECT_EQ(tpm->unseal(0, *sealed).failure().reason, Reason::tpmUnavailable);
        EXPECT_EQ(tpm->readCounters(0).failure().reason, Reason::tpmUnavailable);
        EXPECT_EQ(tpm->defineCounters(0).failure().reason, Reason::tpmUnavailable);
        EXPECT_EQ(tpm->advanceEpoch(0).failure().reason, Reason::tpmUnavailable);
        EXPECT_EQ(tpm->seal(0, SecretBytes{viewOf("x")}).failure().reason, Reason::tpmUnavailable);
        EXPECT_EQ(tpm->sealAt(0, 1, SecretBytes{viewOf("x")}).failure().reason, Reason::tpmUnavailable);
    }
    swtpm.start();
    const auto again = opened(swtpm);
    EXPECT_TRUE(again->usable());
    const auto back = again->unseal(0, *sealed);
    ASSERT_TRUE(back) << back.failure().what;
    EXPECT_TRUE(back->equals(viewOf("secret")));
}

TEST(Tpm, WhatADeadConnectionLeftIsFlushedByTheNext) {
    const Swtpm swtpm;
    {
        const auto tpm = opened(swtpm);
        ASSERT_TRUE(tpm->defineCounters(0));
    }
    for (int round = 0; round < 20; ++round) {
        TctiTap tap{swtpm.tcti()};
        const auto tpm = openedOn(tap);
        const auto sealed = tpm->seal(0, SecretBytes{viewOf("secret")});
        ASSERT_TRUE(sealed) << "round " << round << ": " << sealed.failure().what;
        // The transport fails while an object and two sessions are in the TPM.
        tap.onResponse = [](std::uint32_t code, Bytes& response) {
            if (code == TPM2_CC_Unseal)
                response.back() ^= 1;
        };
        ASSERT_EQ(tpm->unseal(0, *sealed).failure().reason, Reason::tpmUnavailable);
        ASSERT_FALSE(tpm->usable());
        tap.onResponse = nullptr;
        const RawTpm raw{tap.context()};
        const auto left = raw.leftovers();
        EXPECT_GE(left, 3U); // or this test would prove nothing
        EXPECT_LE(left, 5U); // parent, object, and at most three sessions: they do not pile up
    }
    opened(swtpm).reset();
    EXPECT_EQ(RawTpm{swtpm.tcti()}.leftovers(), 0U);
}

TEST(Tpm, AChangedResponseEndsTheConnection) {
    for (const TPM2_CC changed : {TPM2_CC_Create, TPM2_CC_Unseal, TPM2_CC_NV_Read}) {
        const Swtpm swtpm;
        TctiTap tap{swtpm.tcti()};
        const auto tpm = openedOn(tap);
        ASSERT_TRUE(tpm->defineCounters(0));
        const auto sealed = tpm->seal(0, SecretBytes{viewOf("secret")});
        ASSERT_TRUE(sealed);
        tap.onResponse = [changed](std::uint32_t code, Bytes& response) {
            if (code == changed && response.size() > 20)
                response[18] ^= 1; // within the parameters
        };
        if (changed == TPM2_CC_Create) {
            EXPECT_EQ(tpm->seal(0, SecretBytes{viewOf("secret")}).failure().reason, Reason::tpmUnavailable);
        } else if (changed == TPM2_CC_Unseal) {
            EXPECT_EQ(tpm->unseal(0, *sealed).failure().reason, Reason::tpmUnavailable);
        } else {
            EXPECT_EQ(tpm->readCounters(0).failure().reason, Reason::tpmUnavailable);
        }
        EXPECT_FALSE(tpm->usable()) << changed;
    }
}

TEST(Tpm, LockoutHasItsName) {
    const Swtpm swtpm;
    bool locked = true; // outlives the tap: the TPM's end still speaks through it
    TctiTap tap{swtpm.tcti()};
    const auto tpm = openedOn(tap);
    ASSERT_TRUE(tpm->defineCounters(0));
    const auto sealed = tpm->seal(0, SecretBytes{viewOf("secret")});
    ASSERT_TRUE(sealed);
    // Not reachable with noDA objects (L6.9), so a fault stands for it.
    tap.answer = [&](std::uint32_t code) -> std::optional<Bytes> {
        if (locked && (code == TPM2_CC_Unseal || code == TPM2_CC_Create))
            return responseOf(TPM2_RC_LOCKOUT);
        return std::nullopt;
    };
    EXPECT_EQ(tpm->unseal(0, *sealed).failure().reason, Reason::tpmLockout);
    EXPECT_EQ(tpm->seal(0, SecretBytes{viewOf("x")}).failure().reason, Reason::tpmLockout);
    EXPECT_TRUE(tpm->usable());
    locked = false;
    EXPECT_TRUE(tpm->unseal(0, *sealed));
    EXPECT_TRUE(tpm->seal(0, SecretBytes{viewOf("x")}));
}

TEST(Tpm, AnOwnerPasswordStopsWhatNeedsTheOwnerAndNothingElse) {
    for (const bool persistent : {false, true}) {
        const Swtpm swtpm;
        if (persistent) {
            const RawTpm raw{swtpm.tcti()};
            raw.persist(raw.primary(), kSrk);
        }
        std::optional<tpm::SealedObject> sealed;
        {
            TctiTap tap{swtpm.tcti()};
            const auto tpm = openedOn(tap);
            ASSERT_TRUE(tpm->defineCounters(0));
            sealed = *tpm->seal(0, SecretBytes{viewOf("secret")});
            // Somebody sets the password while we run: what exists goes on, with either parent.
            const RawTpm raw{tap.context()};
            ASSERT_EQ(raw.setOwnerPassword("somebody's"), TSS2_RC_SUCCESS);
            EXPECT_TRUE(tpm->unseal(0, *sealed)) << persistent;
            EXPECT_TRUE(tpm->seal(0, SecretBytes{viewOf("another")})) << persistent;
            EXPECT_TRUE(tpm->advanceCounter(0)) << persistent;
            EXPECT_EQ(tpm->defineCounters(1).failure().reason, Reason::ownerAuthRequired);
            EXPECT_TRUE(tpm->usable());
        }
        // The next start needs the owner only to make a transient parent.
        const auto again = Tpm::open({.tcti = swtpm.tcti()});
        if (!persistent) {
            ASSERT_FALSE(again);
            EXPECT_EQ(again.failure().reason, Reason::ownerAuthRequired);
            EXPECT_NE(again.failure().next.find("password"), std::string::npos);
            continue;
        }
        ASSERT_TRUE(again) << again.failure().what;
        EXPECT_TRUE((*again)->unseal(0, *sealed));
        EXPECT_TRUE((*again)->advanceEpoch(0));
        EXPECT_EQ((*again)->defineCounters(1).failure().reason, Reason::ownerAuthRequired);
    }
}

TEST(Tpm, NonsenseFromTheTpmEndsTheConnection) {
    const Swtpm swtpm;
    for (const auto& nonsense : {Bytes{}, Bytes(9, 0), Bytes(4000, 0xff), responseOf(TPM2_RC_FAILURE),
                                 Writer{}.u16(0x8001).u32(0xffffffff).u32(0).take()}) {
        TctiTap tap{swtpm.tcti()};
        const auto tpm = openedOn(tap);
        ASSERT_TRUE(tpm->defineCounters(0));
        tap.answer = [&](std::uint32_t) { return std::optional{nonsense}; };
        EXPECT_EQ(tpm->seal(0, SecretBytes{viewOf("secret")}).failure().reason, Reason::tpmUnavailable)
            << nonsense.size();
        EXPECT_FALSE(tpm->usable()) << nonsense.size();
    }
}

} // namespace
} // namespace ocfsecd::test
