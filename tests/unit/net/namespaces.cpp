#include "namespaces.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <sched.h>
#include <stdexcept>
#include <unistd.h>

namespace ocfsecd::test {

namespace {

/// An unprivileged user gets the rights of root over new namespaces inside a new user namespace, once per process.
std::string becomeRootOfOwnUserNamespace() {
    static bool done = false;
    if (::geteuid() == 0 || done)
        return {};
    const auto uid = ::geteuid();
    const auto gid = ::getegid();
    if (::unshare(CLONE_NEWUSER) != 0)
        return fmt::format("no user namespace: {}", std::strerror(errno));
    std::ofstream{"/proc/self/setgroups"} << "deny";
    std::ofstream{"/proc/self/uid_map"} << "0 " << uid << " 1";
    std::ofstream{"/proc/self/gid_map"} << "0 " << gid << " 1";
    done = true;
    return {};
}

} // namespace

systemd::Fd currentNetwork() {
    return systemd::Fd{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
}

void enterNetwork(const systemd::Fd& network) {
    if (::setns(network.get(), CLONE_NEWNET) != 0)
        throw std::runtime_error{"cannot change the network namespace"};
}

std::string ip(const std::string& arguments) {
    const auto command = "PATH=/usr/sbin:/sbin:/usr/bin:/bin ip " + arguments;
    return std::system(command.c_str()) == 0 ? "" : "failed: " + command;
}

std::string enterFreshNetwork() {
    if (auto problem = becomeRootOfOwnUserNamespace(); !problem.empty())
        return problem;
    if (::unshare(CLONE_NEWNET) != 0)
        return fmt::format("no network namespace: {}", std::strerror(errno));
    return ip("link set lo up");
}

TwoNetworks::TwoNetworks() {
    problem_ = enterFreshNetwork();
    right_ = currentNetwork();
    if (problem_.empty())
        problem_ = enterFreshNetwork();
    left_ = currentNetwork();
    const auto does = [this](const std::string& arguments) {
        if (problem_.empty())
            problem_ = ip(arguments);
    };
    does("link add left0 type veth peer name right0");
    does(fmt::format("link set right0 netns /proc/{}/fd/{}", ::getpid(), right_.get()));
    // No duplicate address detection: it would take two seconds.
    does("link set left0 addrgenmode none up");
    does("address add 192.0.2.1/24 dev left0");
    does("address add fe80::1/64 dev left0 nodad");
    if (!problem_.empty())
        return;
    goRight();
    does("link set right0 addrgenmode none up");
    does("address add 192.0.2.2/24 dev right0");
    does("address add fe80::2/64 dev right0 nodad");
    goLeft();
}

void TwoNetworks::goLeft() {
    enterNetwork(left_);
}

void TwoNetworks::goRight() {
    enterNetwork(right_);
}

} // namespace ocfsecd::test
