#include "outside/yard.h"

#include "unit/net/namespaces.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>
#include <vector>

namespace ocfsecd::test::outside {

namespace {

/// Several commands of ip at once.
std::string ipAll(const std::string& commands) {
    const auto line = fmt::format("printf '{}' | PATH=/usr/sbin:/sbin:/usr/bin:/bin ip -batch -", commands);
    return std::system(line.c_str()) == 0 ? "" : "failed: ip " + commands;
}

} // namespace

Yard::Yard() : problem_{bus_.problem()} {
    if (problem_.empty())
        problem_ = enterFreshNetwork();
    daemonSide_ = currentNetwork();
    if (problem_.empty())
        problem_ = enterFreshNetwork();
    testSide_ = currentNetwork();
    if (problem_.empty())
        problem_ = ipAll(fmt::format("link add lan0 index 2 type veth peer name far0 index 3\\n"
                                     "link set far0 netns /proc/{}/fd/{}\\n"
                                     "link set lan0 addrgenmode none up\\n",
                                     ::getpid(), daemonSide_.get()));
    // No duplicate address detection: it would take two seconds.
    std::string addresses;
    for (int host = 1; host < 10; ++host)
        addresses +=
            fmt::format("address add 192.0.2.{}/24 dev lan0\\naddress add fe80::{}/64 dev lan0 nodad\\n", host, host);
    if (problem_.empty())
        problem_ = ipAll(addresses);
    if (!problem_.empty())
        return;
    enterNetwork(daemonSide_);
    problem_ = ipAll("link set far0 name lan0\\n"
                     "link set lan0 addrgenmode none up\\n"
                     "address add 192.0.2.10/24 dev lan0\\n"
                     "address add fe80::10/64 dev lan0 nodad\\n");
    enterNetwork(testSide_);
}

void Yard::goToTestSide() const {
    enterNetwork(testSide_);
}

std::shared_ptr<Yard> Yard::borrow() {
    static std::vector<std::shared_ptr<Yard>> all;
    for (const auto& yard : all)
        if (yard.use_count() == 1)
            return yard;
    all.push_back(std::make_shared<Yard>());
    return all.back();
}

} // namespace ocfsecd::test::outside
