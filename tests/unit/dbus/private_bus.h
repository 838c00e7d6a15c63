#pragma once
// A dbus-daemon of our own with the project's policy, and programs run beside the loop.

#include "systemd/loop.h"

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace ocfsecd::test {

class PrivateBus {
public:
    enum class Policy {
        project, ///< as installed; the user of the tests stands for the user ocfsecd
        open,    ///< everybody may do everything: the service is on its own
    };
    explicit PrivateBus(Policy policy = Policy::project);
    ~PrivateBus();
    PrivateBus(const PrivateBus&) = delete;
    PrivateBus& operator=(const PrivateBus&) = delete;

    const std::string& problem() const { return problem_; } ///< why it does not run; empty: it does
    std::string address() const;
    void kill(); ///< as a crash
    void start();

private:
    std::filesystem::path directory_;
    pid_t pid_ = -1;
    std::string problem_;
};

struct Ran {
    int exitCode = -1;
    std::string output; ///< standard output and error
};
/// Runs a program as another user (needs root unless it is our own) while the loop turns.
Ran runBeside(systemd::Loop& loop, std::vector<std::string> command, uid_t user);

/// Turns the loop until the condition holds; false after half a minute.
bool turnUntil(systemd::Loop& loop, const std::function<bool()>& condition);

} // namespace ocfsecd::test
