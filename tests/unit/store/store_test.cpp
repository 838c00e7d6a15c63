#include "bench.h"
#include "support/tcti_tap.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace ocfsecd::test {
namespace {

TEST(Store, AFreshDeviceIsUnownedAndNothingIsWritten) {
    Bench on;
    EXPECT_EQ(on.found(), "unowned");
    EXPECT_EQ(outcomeOf(on.store().markResetting(0)), "ok");
    EXPECT_EQ(outcomeOf(on.store().finishReset(0)), "ok");
    EXPECT_EQ(outcomeOf(on.store().localReset(0)), "ok");
    EXPECT_EQ(on.found(), "unowned");
    EXPECT_TRUE(on.files().empty());
    EXPECT_EQ(on.tpm().nvWrites(), 0U);
    const auto counters = on.tpm().readCounters(0);
    ASSERT_TRUE(counters);
    EXPECT_FALSE(*counters);
}

TEST(Store, AFirstStartIsOneOfADeviceThatNeverHadAnOwner) {
    const auto first = [](Bench& on, unsigned device = 0) {
        const auto said = on.store().isFirstStart(device);
        return said ? *said ? "yes" : "no" : "failed";
    };
    Bench on;
    EXPECT_STREQ(first(on), "yes");
    EXPECT_STREQ(first(on), "no");
    on.restart();
    EXPECT_STREQ(first(on), "no");
    EXPECT_STREQ(first(on, 1), "yes") << "each device has its own";
    EXPECT_EQ(on.tpm().nvWrites(), 0U);
    // Somebody removed the file: the TPM knows that there was an owner.
    Bench owned;
    must(owned.store().commit(0, viewOf("x"), true));
    EXPECT_STREQ(first(owned), "no");
    must(owned.store().finishReset(0));
    EXPECT_STREQ(first(owned), "no");
    EXPECT_TRUE(owned.files().empty()) << "nothing has to be written for it";
    // A disk that cannot be written opens nothing.
    Bench full;
    std::filesystem::create_directory(full.directory() / "device-0.started");
    EXPECT_STREQ(first(full), "failed");
}

TEST(Store, ACommitIsThereAfterARestartOfDaemonAndTpm) {
    Bench on;
    must(on.store().commit(0, viewOf("first"), true));
    on.down();
    on.swtpm().kill();
    on.swtpm().start();
    on.up();
    EXPECT_EQ(on.found(), "owned first");
    must(on.store().commit(0, viewOf("second"), false));
    on.restart();
    EXPECT_EQ(on.found(), "owned second");
    must(on.store().commit(0, viewOf("third"), true));
    on.restart();
    EXPECT_EQ(on.found(), "owned third");
    EXPECT_EQ(on.files(), std::vector<std::string>{"device-0.snapshot"});
}

TEST(Store, CommitsGoOnWithoutAnExplicitLoad) {
    Bench on;
    must(on.store().commit(0, viewOf("first"), true));
    on.restart();
    must(on.store().commit(0, viewOf("second"), true));
    on.restart();
    EXPECT_EQ(on.found(), "owned second");
}

TEST(Store, GenerationCountsTheCommitsOfAnOwnership) {
    Bench on;
    for (std::uint64_t i = 1; i <= 4; ++i) {
        must(on.store().commit(0, viewOf("x"), i % 2 == 0));
        on.restart();
        const auto loaded = on.store().load(0);
        ASSERT_TRUE(loaded);
        EXPECT_EQ(loaded->generation, i);
    }
    must(on.store().finishReset(0));
    must(on.store().commit(0, viewOf("x"), true));
    EXPECT_EQ(on.store().load(0)->generation, 1U);
}

TEST(Store, OnlyTransitionsWriteNvAndALifeAtMostFourTimes) {
    Bench on;
    must(on.store().commit(0, viewOf("setup"), true));
    must(on.store().finishReset(0)); // the counters exist now: made once per device and TPM
    const auto before = on.tpm().nvWrites();
    must(on.store().commit(0, viewOf("rfpro"), true));
    for (int i = 0; i < 5; ++i)
        must(on.store().commit(0, viewOf("credential"), false));
    must(on.store().commit(0, viewOf("rfnop"), true));
    must(on.store().markResetting(0));
    must(on.store().finishReset(0));
    EXPECT_EQ(on.tpm().nvWrites() - before, 3U);
    EXPECT_EQ(on.found(), "unowned");
}

TEST(Store, TheFirstLifeAlsoMakesTheCounters) {
    Bench on;
    must(on.store().commit(0, viewOf("rfpro"), true));
    must(on.store().commit(0, viewOf("rfnop"), true));
    must(on.store().markResetting(0));
    must(on.store().finishReset(0));
    // Two definitions, the counter's first increment, and one or two of the epoch until it is even.
    EXPECT_GE(on.tpm().nvWrites(), 3U + 4U);
    EXPECT_LE(on.tpm().nvWrites(), 3U + 5U);
}

TEST(Store, HostileTrafficAtAnUnownedDeviceWritesNothing) {
    Bench on;
    must(on.store().commit(0, viewOf("setup"), true));
    must(on.store().finishReset(0));
    const auto before = on.tpm().nvWrites();
    for (int i = 0; i < 20; ++i) { // each failed onboarding is a RESET
        EXPECT_EQ(outcomeOf(on.store().markResetting(0)), "ok");
        EXPECT_EQ(outcomeOf(on.store().finishReset(0)), "ok");
        EXPECT_EQ(on.found(), "unowned");
    }
    EXPECT_EQ(on.tpm().nvWrites(), before);
    EXPECT_TRUE(on.files().empty());
}

TEST(Store, ResetGoesThroughItsMark) {
    Bench on;
    must(on.store().commit(0, viewOf("body"), true));
    must(on.store().markResetting(0));
    EXPECT_EQ(on.content().find("body"), std::string::npos);
    EXPECT_EQ(outcomeOf(on.store().commit(0, viewOf("late"), false)), "precondition");
    on.restart();
    EXPECT_EQ(on.found(), "resetting");
    must(on.store().finishReset(0));
    EXPECT_TRUE(on.files().empty());
    EXPECT_EQ(on.found(), "unowned");
    must(on.store().finishReset(0));
    on.restart();
    EXPECT_EQ(on.found(), "unowned");
}

TEST(Store, TheMarkNeedsNoTpm) {
    Bench on;
    const auto secret = SecretBytes{viewOf("sixteen octets!!")};
    must(on.store().commit(0, viewOf("body"), true));
    const auto sealed = on.store().seal(0, secret);
    ASSERT_TRUE(sealed);
    must(on.store().commit(0, sealed->publicArea, false));
    on.swtpm().kill();
    EXPECT_EQ(on.store().unseal(0, *sealed).failure().reason, Reason::tpmUnavailable);
    EXPECT_EQ(outcomeOf(on.store().markResetting(0)), "ok");
    EXPECT_EQ(on.content().find(textOf(sealed->publicArea)), std::string::npos);
    EXPECT_EQ(outcomeOf(on.store().finishReset(0)), "tpm-unavailable");
    on.down();
    on.swtpm().start();
    on.up();
    EXPECT_EQ(on.found(), "resetting");
    must(on.store().finishReset(0));
    EXPECT_EQ(on.found(), "unowned");
    EXPECT_EQ(on.store().unseal(0, *sealed).failure().reason, Reason::policyMismatch);
}

TEST(Store, TheMarkNeedsNoTpmAfterAFailedCommitEither) {
    for (const bool transition : {true, false}) {
        Bench on;
        must(on.store().commit(0, viewOf("body"), true));
        on.swtpm().kill();
        EXPECT_EQ(outcomeOf(on.store().commit(0, viewOf("next"), true)), "tpm-unavailable");
        EXPECT_EQ(outcomeOf(on.store().commit(0, viewOf("next but one"), transition)), "tpm-unavailable");
        on.store().tpmLost();
        EXPECT_EQ(outcomeOf(on.store().commit(0, viewOf("last"), transition)), "tpm-unavailable");
        EXPECT_EQ(on.found(), "tpm-unavailable");
        EXPECT_EQ(outcomeOf(on.store().markResetting(0)), "ok");
        on.down();
        on.swtpm().start();
        on.up();
        EXPECT_EQ(on.found(), "resetting");
        must(on.store().finishReset(0));
        EXPECT_EQ(on.found(), "unowned");
    }
}

TEST(Store, AnOwnershipTheTpmFailedIsTakenBackWithoutIt) {
    Bench on;
    must(on.store().commit(0, viewOf("setup"), true));
    must(on.store().finishReset(0));
    on.down();
    {
        TctiTap tap{on.tcti()};
        auto tpm = tpm::Tpm::openOn(tap.context(), {});
        ASSERT_TRUE(tpm);
        store::Store store{on.directory(), **tpm};
        tap.answer = [](std::uint32_t code) {
            return code == TPM2_CC_NV_Increment ? std::optional{responseOf(TPM2_RC_FAILURE)} : std::nullopt;
        };
        EXPECT_EQ(outcomeOf(store.commit(0, viewOf("refused"), true)), "tpm-unavailable");
        EXPECT_EQ(on.files().size(), 1U) << "behind the write";
        store.tpmLost();
        EXPECT_EQ(outcomeOf(store.finishReset(0)), "tpm-unavailable");
    }
    on.up();
    EXPECT_EQ(on.found(), "resetting") << "not owned by whoever was refused";
    must(on.store().finishReset(0));
    EXPECT_EQ(on.found(), "unowned");
    must(on.store().commit(0, viewOf("next"), true));
    EXPECT_EQ(on.found(), "owned next");
}

TEST(Store, GoesOnWithATpmThatIsBack) {
    Bench on;
    must(on.store().commit(0, viewOf("body"), true));
    auto sealed = on.store().seal(0, SecretBytes{viewOf("sixteen octets!!")});
    ASSERT_TRUE(sealed);
    on.store().tpmLost();
    EXPECT_EQ(on.store().unseal(0, *sealed).failure().reason, Reason::tpmUnavailable);
    EXPECT_EQ(on.store().seal(0, SecretBytes{viewOf("x")}).failure().reason, Reason::tpmUnavailable);
    EXPECT_EQ(outcomeOf(on.store().localReset(1)), "tpm-unavailable");
    on.store().tpmBack(on.tpm());
    EXPECT_TRUE(on.store().unseal(0, *sealed));
    must(on.store().commit(0, viewOf("more"), true));
    EXPECT_EQ(on.found(), "owned more");
}

TEST(Store, SealedForAnUnownedDeviceOpensWithTheOwnershipThatBegins) {
    Bench on;
    const auto sealed = on.store().seal(0, SecretBytes{viewOf("sixteen octets!!")});
    ASSERT_TRUE(sealed) << sealed.failure().what;
    EXPECT_EQ(on.store().unseal(0, *sealed).failure().reason, Reason::policyMismatch);
    must(on.store().commit(0, viewOf("body"), true));
    const auto later = on.store().seal(0, SecretBytes{viewOf("another")});
    ASSERT_TRUE(later);
    on.restart();
    const auto back = on.store().unseal(0, *sealed);
    ASSERT_TRUE(back) << back.failure().what;
    EXPECT_TRUE(back->equals(viewOf("sixteen octets!!")));
    EXPECT_TRUE(on.store().unseal(0, *later));
}

TEST(Store, DevicesDoNotTouchEachOther) {
    Bench on;
    must(on.store().commit(0, viewOf("zero"), true));
    must(on.store().commit(1, viewOf("one"), true));
    must(on.store().finishReset(0));
    EXPECT_EQ(on.found(0), "unowned");
    EXPECT_EQ(on.found(1), "owned one");
    must(on.store().commit(0, viewOf("zero again"), true));
    on.restart();
    EXPECT_EQ(on.found(0), "owned zero again");
    EXPECT_EQ(on.found(1), "owned one");
}

TEST(Store, ASnapshotIsForItsOwnerOnly) {
    Bench on;
    const auto before = ::umask(0);
    must(on.store().commit(0, viewOf("body"), true));
    ::umask(before);
    struct stat about {};
    ASSERT_EQ(::stat(on.file().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 0600U);
}

TEST(Store, NeitherBodyNorSealedKeyIsReadableInTheFile) {
    Bench on;
    const std::string body = "a body that would be easy to find";
    must(on.store().commit(0, viewOf(body), true));
    for (std::size_t at = 0; at + 5 <= body.size(); at += 5)
        EXPECT_EQ(on.content().find(body.substr(at, 5)), std::string::npos);
}

TEST(Store, ASecondStoreIsTurnedAway) {
    Bench on;
    must(on.store().commit(0, viewOf("body"), true));
    store::Store second{on.directory(), on.tpm()};
    EXPECT_EQ(second.load(0).failure().reason, Reason::busy);
    EXPECT_EQ(outcomeOf(second.commit(0, viewOf("x"), false)), "busy");
    EXPECT_EQ(outcomeOf(second.localReset(0)), "busy");
    EXPECT_EQ(on.found(), "owned body");
}

TEST(Store, AMissingDirectoryIsSaid) {
    Bench on;
    store::Store nowhere{on.directory() / "missing", on.tpm()};
    const auto loaded = nowhere.load(0);
    EXPECT_EQ(loaded.failure().reason, Reason::inputOutput);
    EXPECT_NE(loaded.failure().what.find("missing"), std::string::npos);
}

TEST(Store, ABodyBeyondTheLimitChangesNothing) {
    Bench on;
    must(on.store().commit(0, viewOf("body"), true));
    const Bytes huge(1024 * 1024 + 1);
    EXPECT_EQ(outcomeOf(on.store().commit(0, huge, true)), "too-large");
    EXPECT_EQ(on.found(), "owned body");
    const Bytes largest(1024 * 1024, 'x');
    must(on.store().commit(0, largest, false));
    on.restart();
    EXPECT_EQ(on.found(), "owned " + std::string(1024 * 1024, 'x'));
}

} // namespace
} // namespace ocfsecd::test
