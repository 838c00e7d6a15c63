#include "skip.h"

#include <gtest/gtest.h>

namespace ocfsecd::test {

void skipTest(const std::string& why) {
    GTEST_MESSAGE_AT_(__FILE__, __LINE__, why.c_str(), testing::TestPartResult::kSkip);
    // GoogleTest takes it as a result that was reported already.
    throw testing::AssertionException{
        testing::TestPartResult{testing::TestPartResult::kSkip, __FILE__, __LINE__, why.c_str()}};
}

} // namespace ocfsecd::test
