#include "systemd/journal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ocfsecd::journal {
namespace {

class JournalRuleTest : public testing::Test {
protected:
    void SetUp() override { clear(); }
    void TearDown() override { clear(); }
    static void clear() {
        ::unsetenv("SYSTEMD_EXEC_PID");
        ::unsetenv("JOURNAL_STREAM");
    }
};

TEST_F(JournalRuleTest, AServiceStartedBySystemdLogsToJournald) {
    EXPECT_FALSE(connectedToJournald());
    ::setenv("SYSTEMD_EXEC_PID", std::to_string(::getpid()).c_str(), 1);
    EXPECT_TRUE(connectedToJournald());
    ::setenv("SYSTEMD_EXEC_PID", "1", 1); // inherited from a parent
    EXPECT_FALSE(connectedToJournald());
}

TEST_F(JournalRuleTest, AStderrConnectedToTheJournalIsRecognised) {
    struct stat file {};
    ASSERT_EQ(::fstat(STDERR_FILENO, &file), 0);
    ::setenv("JOURNAL_STREAM", fmt::format("{}:{}", file.st_dev, file.st_ino).c_str(), 1);
    EXPECT_TRUE(connectedToJournald());
    ::setenv("JOURNAL_STREAM", fmt::format("{}:{}", file.st_dev, file.st_ino + 1).c_str(), 1); // redirected since
    EXPECT_FALSE(connectedToJournald());
}

TEST(Journal, TheLineForPeopleEscapesWhatAPeerMayHaveChosen) {
    const Entry entry{Priority::warning, id::accessDenied, "refused \x1b[2Jevil\n", {{"OCFSECD_PEER", "a\tb"}}};
    EXPECT_EQ(toLine(entry), "warning: refused \\x1b[2Jevil\\x0a OCFSECD_PEER=a\\x09b");
}

TEST(Journal, AFailureTellsReasonRemedyAndId) {
    std::vector<Entry> seen;
    const auto former = setSink([&](const Entry& entry) { seen.push_back(entry); });
    log(Priority::error, "device 0",
        Failure{Reason::rolledBack, "the state is older than the TPM's counter", "ocfctl reset"});
    log(Priority::error, "listening", Failure{Reason::inputOutput, "port in use", ""});
    setSink(former);
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen[0].id, id::rolledBack);
    EXPECT_EQ(seen[0].text, "device 0: the state is older than the TPM's counter");
    ASSERT_EQ(seen[0].fields.size(), 2u);
    EXPECT_EQ(seen[0].fields[0].value, "rolled-back");
    EXPECT_EQ(seen[0].fields[1].value, "ocfctl reset");
    EXPECT_TRUE(seen[1].id.none());
    EXPECT_EQ(seen[1].fields.size(), 1u);
}

TEST(Journal, WithoutJournaldALineGoesToStderr) {
    testing::internal::CaptureStderr();
    log({Priority::notice, id::started, "ocfsecd started", {}});
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "notice: ocfsecd started\n");
}

} // namespace
} // namespace ocfsecd::journal
