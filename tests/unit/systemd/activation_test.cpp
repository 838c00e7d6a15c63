#include "systemd/activation.h"

#include <cstdio>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ocfsecd::systemd {
namespace {

/// Runs `check` in a child whose descriptors from 3 on are as many datagram sockets, as the manager hands them over.
/// The child's exit code says which expectation failed.
int inActivatedChild(int sockets, const char* names, int (*check)()) {
    const auto child = ::fork();
    if (child == 0) {
        for (int fd = 3; fd < 3 + sockets; ++fd) {
            const int made = ::socket(AF_INET, SOCK_DGRAM, 0);
            if (made != fd)
                ::dup2(made, fd);
        }
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
        ::setenv("LISTEN_FDS", std::to_string(sockets).c_str(), 1);
        ::setenv("LISTEN_FDNAMES", names, 1);
        ::_exit(check());
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Activation, GivesDescriptorsByNameOwnedAndClosedOnExec) {
    EXPECT_EQ(inActivatedChild(3, "multicast:coaps-0:multicast",
                               [] {
                                   auto taken = takeActivationSockets();
                                   if (!taken || taken->size() != 2)
                                       return 1;
                                   const auto& multicast = (*taken)["multicast"];
                                   const auto& secure = (*taken)["coaps-0"];
                                   if (multicast.size() != 2 || secure.size() != 1)
                                       return 2;
                                   if (multicast[0].get() != 3 || secure[0].get() != 4 || multicast[1].get() != 5)
                                       return 3;
                                   if ((::fcntl(4, F_GETFD) & FD_CLOEXEC) == 0)
                                       return 4;
                                   if (::getenv("LISTEN_FDS"))
                                       return 5;
                                   taken->clear();
                                   return ::fcntl(4, F_GETFD) == -1 ? 0 : 6;
                               }),
              0);
}

TEST(Activation, IsEmptyWithoutAManager) {
    ::unsetenv("LISTEN_FDS");
    ::unsetenv("LISTEN_PID");
    const auto taken = takeActivationSockets();
    ASSERT_TRUE(taken);
    EXPECT_TRUE(taken->empty());
}

TEST(Activation, SaysWhenTheEnvironmentIsWrong) {
    EXPECT_EQ(inActivatedChild(2, "only-one",
                               [] {
                                   const auto taken = takeActivationSockets();
                                   return !taken && taken.failure().reason == Reason::configuration ? 0 : 1;
                               }),
              0);
}

} // namespace
} // namespace ocfsecd::systemd
