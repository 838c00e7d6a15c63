#include "tools/bench/meter.h"

#include <unistd.h>

namespace ocfsecd::bench {

namespace {

double secondsOf(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>{time}.count();
}

} // namespace

Result<Meter> Meter::start(pid_t server) {
    Meter out;
    out.server_ = server;
    const auto own = cpuTimeOf(::getpid());
    const auto servers = server != 0 ? cpuTimeOf(server) : Result<CpuTime>{CpuTime{}};
    if (!own || !servers)
        return own ? servers.failure() : own.failure();
    out.clientCpu_ = *own;
    out.serverCpu_ = *servers;
    out.began_ = std::chrono::steady_clock::now();
    return out;
}

Result<Meter::Reading> Meter::read() const {
    const auto wall = std::chrono::steady_clock::now() - began_;
    const auto own = cpuTimeOf(::getpid());
    const auto servers = server_ != 0 ? cpuTimeOf(server_) : Result<CpuTime>{CpuTime{}};
    if (!own || !servers)
        return own ? servers.failure() : own.failure();
    return Reading{secondsOf(wall), secondsOf(*servers - serverCpu_), secondsOf(*own - clientCpu_)};
}

} // namespace ocfsecd::bench
