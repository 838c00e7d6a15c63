#include "bench.h"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace ocfsecd::test {
namespace {

TEST(Damage, AnOlderSnapshotIsRolledBack) {
    Bench on;
    must(on.store().commit(0, viewOf("rfpro"), true));
    const auto old = on.content();
    must(on.store().commit(0, viewOf("rfnop"), true));
    const auto newest = on.content();
    on.down();
    on.setContent(old);
    on.up();
    EXPECT_EQ(on.found(), "rolled-back");
    EXPECT_EQ(outcomeOf(on.store().commit(0, viewOf("x"), true)), "rolled-back");
    EXPECT_EQ(on.content(), old);
    on.setContent(newest);
    EXPECT_EQ(on.found(), "owned rfnop");
}

TEST(Damage, AnOlderSnapshotAfterTheSameTransitionIsNotNoticed) {
    // The limit store.h states: such commits write no NV.
    Bench on;
    must(on.store().commit(0, viewOf("rfnop"), true));
    const auto old = on.content();
    must(on.store().commit(0, viewOf("rfnop with a credential"), false));
    on.setContent(old);
    EXPECT_EQ(on.found(), "owned rfnop");
}

TEST(Damage, ASnapshotFromBeforeAResetIsWorthless) {
    Bench on;
    const auto sealed = on.store().seal(0, SecretBytes{viewOf("sixteen octets!!")});
    ASSERT_TRUE(sealed);
    must(on.store().commit(0, viewOf("first owner"), true));
    const auto first = on.content();
    must(on.store().commit(0, viewOf("first owner, rfnop"), true));
    const auto second = on.content();
    must(on.store().finishReset(0));
    for (const auto& backup : {first, second}) {
        on.setContent(backup);
        EXPECT_EQ(on.found(), "rolled-back");
        EXPECT_EQ(on.content(), backup);
    }
    EXPECT_EQ(on.store().unseal(0, *sealed).failure().reason, Reason::policyMismatch);
    std::filesystem::remove(on.file());
    must(on.store().commit(0, viewOf("second owner"), true));
    const auto present = on.content();
    for (const auto& backup : {first, second}) {
        on.setContent(backup);
        EXPECT_EQ(on.found(), "rolled-back");
    }
    EXPECT_EQ(on.store().unseal(0, *sealed).failure().reason, Reason::policyMismatch);
    on.setContent(present);
    EXPECT_EQ(on.found(), "owned second owner");
}

TEST(Damage, ADeletedSnapshotOfAnOwnedDeviceIsMissed) {
    Bench on;
    must(on.store().commit(0, viewOf("body"), true));
    on.down();
    std::filesystem::remove(on.file());
    on.up();
    EXPECT_EQ(on.found(), "state-missing");
    EXPECT_EQ(outcomeOf(on.store().commit(0, viewOf("x"), true)), "state-missing");
    EXPECT_EQ(outcomeOf(on.store().finishReset(0)), "state-missing");
    EXPECT_EQ(on.store().seal(0, SecretBytes{viewOf("x")}).failure().reason, Reason::stateMissing);
    EXPECT_TRUE(on.files().empty());
    must(on.store().localReset(0));
    EXPECT_EQ(on.found(), "unowned");
    must(on.store().commit(0, viewOf("again"), true));
    on.restart();
    EXPECT_EQ(on.found(), "owned again");
}

TEST(Damage, AnotherTpmsStateIsForeign) {
    Bench on;
    must(on.store().commit(0, viewOf("body"), true));
    const auto content = on.content();
    on.replaceTpm();
    EXPECT_EQ(on.found(), "foreign-state");
    EXPECT_EQ(outcomeOf(on.store().commit(0, viewOf("x"), true)), "foreign-state");
    EXPECT_EQ(on.content(), content);
    EXPECT_EQ(on.tpm().nvWrites(), 0U);
}

TEST(Damage, AnotherDevicesFileIsForeign) {
    Bench on;
    must(on.store().commit(0, viewOf("zero"), true));
    must(on.store().commit(1, viewOf("one"), true));
    on.setContent(on.content(1), 0);
    EXPECT_EQ(on.found(0), "foreign-state");
    EXPECT_NE(on.store().load(0).failure().what.find(on.file(0).string()), std::string::npos);
    EXPECT_EQ(on.found(1), "owned one");
}

TEST(Damage, AnyChangedOctetIsNoticedAndNothingIsOverwritten) {
    Bench on;
    must(on.store().commit(0, viewOf("rfpro"), true));
    must(on.store().commit(0, viewOf("a body of some length, in RFNOP"), true));
    const auto good = on.content();
    const auto writes = on.tpm().nvWrites();
    for (std::size_t at = 0; at < good.size(); at += at < 64 ? 1 : 5) {
        auto bad = good;
        bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
        on.setContent(bad);
        const auto found = on.found();
        EXPECT_TRUE(found == "state-corrupt" || found == "foreign-state")
            << found << " at " << at << " of " << good.size();
        EXPECT_NE(outcomeOf(on.store().commit(0, viewOf("x"), true)), "ok");
        EXPECT_EQ(on.content(), bad);
    }
    EXPECT_EQ(on.tpm().nvWrites(), writes);
    on.setContent(good);
    EXPECT_EQ(on.found(), "owned a body of some length, in RFNOP");
}

TEST(Damage, AnyTruncationAndAnythingAppendedIsNoticed) {
    Bench on;
    must(on.store().commit(0, viewOf("body"), true));
    const auto good = on.content();
    for (std::size_t length = 0; length < good.size(); length += 7) {
        on.setContent(good.substr(0, length));
        EXPECT_EQ(on.found(), "state-corrupt") << length;
        EXPECT_EQ(on.content(), good.substr(0, length));
    }
    on.setContent(good + '\0');
    EXPECT_EQ(on.found(), "state-corrupt");
    on.setContent(std::string(3 * 1024 * 1024, 'x'));
    EXPECT_EQ(on.found(), "state-corrupt");
    on.setContent(good);
    EXPECT_EQ(on.found(), "owned body");
}

TEST(Damage, CorruptionOfAFirstSnapshotNeverAdvancesTheEpoch) {
    Bench on;
    must(on.store().commit(0, viewOf("setup"), true));
    must(on.store().finishReset(0));
    // A crash between the first snapshot and the epoch: the failure here stands for it.
    struct Stop {};
    store::Store::beforeStep = [](std::string_view step) {
        if (step == "epoch")
            throw Stop{};
    };
    EXPECT_THROW((void)on.store().commit(0, viewOf("next owner"), true), Stop);
    store::Store::beforeStep = nullptr;
    on.restart();
    const auto good = on.content();
    for (std::size_t at = 0; at < good.size(); at += 17) {
        auto bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x10);
        on.setContent(bad);
        const auto found = on.found();
        EXPECT_TRUE(found == "state-corrupt" || found == "foreign-state") << found << " at " << at;
    }
    EXPECT_EQ(on.tpm().nvWrites(), 0U);
    on.setContent(good);
    EXPECT_EQ(on.found(), "owned next owner");
    EXPECT_EQ(on.tpm().nvWrites(), 1U);
}

TEST(Damage, TheOperatorsResetKeepsWhatCouldNotBeRead) {
    Bench on;
    must(on.store().commit(0, viewOf("body"), true));
    on.setContent("garbage");
    on.restart();
    EXPECT_EQ(outcomeOf(on.store().finishReset(0)), "state-corrupt");
    using namespace std::chrono;
    const auto now = sys_days{2026y / November / 5} + 6h + 7min + 8s;
    must(on.store().localReset(0, now));
    EXPECT_EQ(on.files(), std::vector<std::string>{"device-0.snapshot.20261105T060708Z"});
    EXPECT_EQ(on.found(), "unowned");
    must(on.store().commit(0, viewOf("again"), true));
    on.restart();
    EXPECT_EQ(on.found(), "owned again");
}

TEST(Damage, TheOperatorsResetWorksFromEveryState) {
    enum class From { owned, marked, foreign, older, beforeReset, newer };
    for (const auto from : {From::owned, From::marked, From::foreign, From::older, From::beforeReset, From::newer}) {
        Bench on;
        const auto sealed = on.store().seal(0, SecretBytes{viewOf("sixteen octets!!")});
        must(on.store().commit(0, viewOf("rfpro"), true));
        const auto old = on.content();
        must(on.store().commit(0, viewOf("rfnop"), true));
        if (from == From::marked)
            must(on.store().markResetting(0));
        if (from == From::foreign)
            on.replaceTpm();
        if (from == From::older)
            on.setContent(old);
        if (from == From::beforeReset) {
            must(on.store().finishReset(0));
            on.setContent(old);
        }
        if (from == From::newer)
            on.setContent(std::string{"\x83\x70ocfsecd snapshot\x02\x01", 20});
        must(on.store().localReset(0));
        EXPECT_EQ(on.found(), "unowned") << static_cast<int>(from);
        must(on.store().commit(0, viewOf("again"), true));
        EXPECT_EQ(on.found(), "owned again") << static_cast<int>(from);
        EXPECT_FALSE(on.store().unseal(0, *sealed));
    }
}

TEST(Damage, AFullDiskLeavesTheOldStateAndTheTpmAlone) {
    Bench on;
    must(on.store().commit(0, viewOf("old"), true));
    const auto writes = on.tpm().nvWrites();
    ::rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const ::rlimit small{64, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto commit = outcomeOf(on.store().commit(0, viewOf("new"), true));
    const auto mark = outcomeOf(on.store().markResetting(0));
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(commit, "input-output");
    EXPECT_EQ(mark, "input-output");
    EXPECT_EQ(on.tpm().nvWrites(), writes);
    EXPECT_EQ(on.files(), std::vector<std::string>{"device-0.snapshot"});
    EXPECT_EQ(on.found(), "owned old");
    must(on.store().commit(0, viewOf("new"), true));
    EXPECT_EQ(on.found(), "owned new");
}

TEST(Damage, ATpmThatGoesDuringACommitIsCaughtUpWith) {
    Bench on;
    must(on.store().commit(0, viewOf("old"), true));
    store::Store::beforeStep = [&](std::string_view step) {
        if (step == "increment")
            on.swtpm().kill();
    };
    EXPECT_EQ(outcomeOf(on.store().commit(0, viewOf("new"), true)), "tpm-unavailable");
    store::Store::beforeStep = nullptr;
    EXPECT_EQ(on.found(), "tpm-unavailable");
    EXPECT_EQ(outcomeOf(on.store().localReset(0)), "tpm-unavailable");
    on.down();
    on.swtpm().start();
    on.up();
    EXPECT_EQ(on.found(), "owned new");
}

TEST(Damage, CountersAdvancedBySomebodyElseAreNotCoveredUp) {
    Bench on;
    must(on.store().commit(0, viewOf("body"), true));
    ASSERT_TRUE(on.tpm().advanceCounter(0));
    EXPECT_EQ(outcomeOf(on.store().commit(0, viewOf("next"), true)), "rolled-back");
    EXPECT_EQ(on.found(), "rolled-back");
    must(on.store().localReset(0));
    EXPECT_EQ(on.found(), "unowned");
}

} // namespace
} // namespace ocfsecd::test
