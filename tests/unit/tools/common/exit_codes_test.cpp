#include "tools/common/exit_codes.h"

#include <array>
#include <gtest/gtest.h>

namespace ocfsecd::cli {

TEST(ExitCodeHelp, HasALineForEach) {
    constexpr std::array codes{ExitCode{0, "done"}, ExitCode{7, "no answer"}};
    EXPECT_EQ(exitCodeHelp(codes), "Exit codes:\n  0  done\n  7  no answer\n");
}

} // namespace ocfsecd::cli
