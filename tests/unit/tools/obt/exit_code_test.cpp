#include "tools/obt/exit_code.h"

#include <gtest/gtest.h>

namespace ocfsecd::obt {

TEST(ExitCode, EachKindOfFailureHasItsOwnNumber) {
    EXPECT_EQ(exitFor(Reason::usage), Exit::usage);
    EXPECT_EQ(exitFor(Reason::notFound), Exit::nothingFound);
    EXPECT_EQ(exitFor(Reason::limitReached), Exit::choice);
    EXPECT_EQ(exitFor(Reason::notAuthorised), Exit::refused);
    EXPECT_EQ(exitFor(Reason::precondition), Exit::refused);
    EXPECT_EQ(exitFor(Reason::malformed), Exit::refused);
    EXPECT_EQ(exitFor(Reason::handshakeFailed), Exit::authentication);
    EXPECT_EQ(exitFor(Reason::unknownPskIdentity), Exit::authentication);
    EXPECT_EQ(exitFor(Reason::timedOut), Exit::unreachable);
    EXPECT_EQ(exitFor(Reason::stateCorrupt), Exit::store);
    EXPECT_EQ(exitFor(Reason::configuration), Exit::store);
}

TEST(ExitCode, NoFailureLooksLikeSuccess) {
    for (auto reason = 0; reason <= static_cast<int>(Reason::usage); ++reason)
        EXPECT_NE(exitFor(static_cast<Reason>(reason)), Exit::done) << reason;
}

TEST(ExitCode, NumbersAreTheDocumentedOnes) {
    EXPECT_EQ(static_cast<int>(Exit::done), 0);
    EXPECT_EQ(static_cast<int>(Exit::usage), 2);
    EXPECT_EQ(static_cast<int>(Exit::differs), 9);
    const auto help = exitCodeHelp();
    for (auto number = 0; number <= 9; ++number)
        EXPECT_NE(help.find("  " + std::to_string(number) + "  "), std::string::npos) << number;
}

} // namespace ocfsecd::obt
