#include "store/directory.h"

#include "support/swtpm.h"

#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace ocfsecd::store {
namespace {

struct Place {
    test::TempDir dir;
    std::vector<std::string> steps;
    Directory directory{dir.path(), [this](std::string_view step) { steps.emplace_back(step); }};

    std::string text(const std::string& name, std::size_t max = 100) {
        const auto got = directory.read(name, max);
        if (!got)
            return std::string{nameOf(got.failure().reason)};
        return *got ? std::string{textOf(**got)} : "(none)";
    }
    std::size_t count() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{dir.path()}, {}));
    }
};

TEST(Directory, ReplacesInTheOrderThatSurvivesACrash) {
    Place on;
    ASSERT_TRUE(on.directory.ready());
    EXPECT_EQ(on.text("f"), "(none)");
    ASSERT_TRUE(on.directory.replace("f", viewOf("one")));
    ASSERT_TRUE(on.directory.replace("f", viewOf("two")));
    EXPECT_EQ(on.text("f"), "two");
    EXPECT_EQ(on.count(), 1U);
    const std::vector<std::string> round{"write", "fsync", "rename", "fsync-dir"};
    auto twice = round;
    twice.insert(twice.end(), round.begin(), round.end());
    EXPECT_EQ(on.steps, twice);
}

TEST(Directory, ALeftoverOrALinkInItsPlaceDoesNoHarm) {
    Place on;
    test::TempDir elsewhere;
    const auto victim = elsewhere.path() / "victim";
    std::ofstream{victim} << "untouched";
    std::filesystem::create_symlink(victim, on.dir.path() / "f.tmp");
    ASSERT_TRUE(on.directory.replace("f", viewOf("new")));
    EXPECT_EQ(on.text("f"), "new");
    std::string kept;
    std::ifstream{victim} >> kept;
    EXPECT_EQ(kept, "untouched");
    std::ofstream{on.dir.path() / "f.tmp"} << "half";
    on.directory.removeLeftover("f");
    EXPECT_EQ(on.count(), 1U);
}

TEST(Directory, AFullDiskLeavesTheOldContent) {
    Place on;
    ASSERT_TRUE(on.directory.replace("f", viewOf("old")));
    ::rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const ::rlimit small{64, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto failed = on.directory.replace("f", Bytes(1000, 'x'));
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.failure().reason, Reason::inputOutput);
    EXPECT_EQ(on.text("f"), "old");
    EXPECT_EQ(on.count(), 1U);
}

TEST(Directory, ReadsAtMostWhatIsAllowed) {
    Place on;
    ASSERT_TRUE(on.directory.replace("f", Bytes(100, 'x')));
    EXPECT_EQ(on.text("f", 100), std::string(100, 'x'));
    EXPECT_EQ(on.text("f", 99), "state-corrupt");
}

TEST(Directory, WhatIsNoPlainFileIsRefusedAtOnce) {
    Place on;
    std::filesystem::create_directory(on.dir.path() / "directory");
    std::filesystem::create_symlink("/etc/passwd", on.dir.path() / "link");
    ASSERT_EQ(::mkfifo((on.dir.path() / "fifo").c_str(), 0600), 0);
    for (const auto* name : {"directory", "link", "fifo"})
        EXPECT_EQ(on.text(name), "state-corrupt") << name;
}

TEST(Directory, MovesAsideWithoutOverwriting) {
    Place on;
    for (const auto* content : {"one", "two", "three"}) {
        ASSERT_TRUE(on.directory.replace("f", viewOf(content)));
        const auto moved = on.directory.moveAside("f", "f.aside");
        ASSERT_TRUE(moved);
        EXPECT_TRUE(*moved);
    }
    EXPECT_EQ(on.text("f"), "(none)");
    EXPECT_EQ(on.text("f.aside"), "one");
    EXPECT_EQ(on.text("f.aside.2"), "two");
    EXPECT_EQ(on.text("f.aside.3"), "three");
    EXPECT_FALSE(*on.directory.moveAside("f", "f.aside"));
}

TEST(Directory, RemovingTwiceIsFine) {
    Place on;
    ASSERT_TRUE(on.directory.replace("f", viewOf("x")));
    EXPECT_TRUE(on.directory.remove("f"));
    EXPECT_TRUE(on.directory.remove("f"));
    EXPECT_EQ(on.count(), 0U);
}

TEST(Directory, TheLockGoesWithItsHolder) {
    test::TempDir dir;
    const auto none = [](std::string_view) {};
    {
        const Directory first{dir.path(), none};
        EXPECT_TRUE(first.ready());
        EXPECT_EQ(Directory(dir.path(), none).ready().failure().reason, Reason::busy);
    }
    EXPECT_TRUE(Directory(dir.path(), none).ready());
}

} // namespace
} // namespace ocfsecd::store
