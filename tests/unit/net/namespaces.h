#pragma once
// Fresh network namespaces for this process: nothing of the machine's network is seen or touched.

#include "systemd/fd.h"

#include <string>

namespace ocfsecd::test {

/// Moves the calling thread into a new network namespace with its loopback up. Empty: done; else why it is impossible.
std::string enterFreshNetwork();
/// The calling thread's network namespace, and the way back to it.
systemd::Fd currentNetwork();
void enterNetwork(const systemd::Fd& network);

/// Two network namespaces joined by a pair of veth interfaces, "left0" here and "right0" there:
/// 192.0.2.1/24 and fe80::1 on the left, 192.0.2.2/24 and fe80::2 on the right.
class TwoNetworks {
public:
    TwoNetworks();
    const std::string& problem() const { return problem_; } ///< why it is impossible; empty: it is there
    void goLeft();
    void goRight();

private:
    systemd::Fd left_;
    systemd::Fd right_;
    std::string problem_;
};

/// Runs iproute2's ip; empty when it succeeded.
std::string ip(const std::string& arguments);

} // namespace ocfsecd::test
