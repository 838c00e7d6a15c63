#include "tools/obt/private_file.h"

#include "temporary_directory.h"

#include <fstream>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ocfsecd::obt {

namespace fs = std::filesystem;

namespace {

fs::perms modeOf(const fs::path& path) {
    return fs::status(path).permissions();
}
std::string textIn(const Result<SecretBytes>& content) {
    return content ? std::string{textOf(content->view())} : "failed: " + content.failure().what;
}

} // namespace

TEST(PrivateFile, IsReadableByItsOwnerOnly) {
    const TemporaryDirectory base;
    ASSERT_TRUE(makePrivateDirectory(base.path() / "a" / "home"));
    EXPECT_EQ(modeOf(base.path() / "a" / "home"), fs::perms::owner_all);
    const auto file = base.path() / "a" / "home" / "f";
    ASSERT_TRUE(writePrivateFile(file, viewOf("one")));
    EXPECT_EQ(modeOf(file), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(textIn(readPrivateFile(file)), "one");
}

TEST(PrivateFile, ReplacingNeverShowsHalfAFile) {
    const TemporaryDirectory base;
    const auto file = base.path() / "f";
    ASSERT_TRUE(writePrivateFile(file, viewOf("one")));
    std::ifstream reader{file};
    ASSERT_TRUE(writePrivateFile(file, viewOf("two")));
    std::string seen;
    reader >> seen; // whoever opened the old file goes on reading the old one
    EXPECT_EQ(seen, "one");
    EXPECT_EQ(textIn(readPrivateFile(file)), "two");
    EXPECT_EQ(std::distance(fs::directory_iterator{base.path()}, {}), 1) << "no temporary file stays";
}

TEST(PrivateFile, OneThatIsKilledWhileMakingAFileLeavesNoHalfOfIt) {
    const TemporaryDirectory base;
    const auto file = base.path() / "f";
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) { // the kernel kills it after the fifth octet
        const rlimit few{5, 5};
        ::setrlimit(RLIMIT_FSIZE, &few);
        static_cast<void>(createPrivateFile(file, viewOf("longer than that")));
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
    EXPECT_FALSE(fs::exists(file));
    EXPECT_TRUE(createPrivateFile(file, viewOf("longer than that"))) << "and the next one succeeds";
    EXPECT_EQ(textIn(readPrivateFile(file)), "longer than that");
}

TEST(PrivateFile, LooserModesAreRefused) {
    const TemporaryDirectory base;
    const auto file = base.path() / "f";
    ASSERT_TRUE(writePrivateFile(file, viewOf("one")));
    for (const auto loose : {fs::perms::group_read, fs::perms::others_read, fs::perms::group_write}) {
        fs::permissions(file, fs::perms::owner_all | loose);
        EXPECT_EQ(readPrivateFile(file).failure().reason, Reason::configuration);
    }
    fs::permissions(base.path(), fs::perms::owner_all | fs::perms::group_exec);
    const auto refused = makePrivateDirectory(base.path());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().reason, Reason::configuration);
    EXPECT_NE(refused.failure().next.find("chmod"), std::string::npos);
}

TEST(PrivateFile, SymbolicLinksAndOtherThingsAreRefused) {
    const TemporaryDirectory base;
    ASSERT_TRUE(writePrivateFile(base.path() / "f", viewOf("one")));
    fs::create_symlink(base.path() / "f", base.path() / "link");
    EXPECT_FALSE(readPrivateFile(base.path() / "link"));
    EXPECT_FALSE(readPrivateFile(base.path()));
    EXPECT_FALSE(makePrivateDirectory(base.path() / "f"));
    EXPECT_EQ(readPrivateFile(base.path() / "none").failure().reason, Reason::stateMissing);
}

TEST(PrivateFile, CreatingNeverReplaces) {
    const TemporaryDirectory base;
    const auto file = base.path() / "f";
    ASSERT_TRUE(createPrivateFile(file, viewOf("one")));
    EXPECT_EQ(modeOf(file), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(createPrivateFile(file, viewOf("two")).failure().reason, Reason::configuration);
    EXPECT_EQ(textIn(readPrivateFile(file)), "one");
}

TEST(PrivateFile, TooLargeFilesAreRefused) {
    const TemporaryDirectory base;
    ASSERT_TRUE(writePrivateFile(base.path() / "f", Bytes(kMaxPrivateFile + 1, 'x')));
    EXPECT_EQ(readPrivateFile(base.path() / "f").failure().reason, Reason::stateCorrupt);
}

TEST(PrivateFile, RemovingWhatIsNotThereIsFine) {
    const TemporaryDirectory base;
    EXPECT_TRUE(removePrivateFile(base.path() / "f"));
}

} // namespace ocfsecd::obt
