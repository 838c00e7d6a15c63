#pragma once
// A test that cannot go on where it runs: it ends there and is shown as skipped, with the reason.

#include <string>

namespace ocfsecd::test {

/// Ends the running test from however deep inside it. Failures so far stay failures.
[[noreturn]] void skipTest(const std::string& why);

} // namespace ocfsecd::test
