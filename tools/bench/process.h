#pragma once
// What another process has used: CPU time and memory.

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <sys/types.h>

namespace ocfsecd::bench {

using CpuTime = std::chrono::nanoseconds;

/// User and system time of all its threads, as the scheduler counts it.
Result<CpuTime> cpuTimeOf(pid_t process);

struct Memory {
    std::uint64_t resident = 0; ///< octets, shared pages in full
    std::uint64_t own = 0;      ///< octets nobody else has (private, dirty or clean)
};

Result<Memory> memoryOf(pid_t process);

/// Lets this process open as many sockets as its hard limit allows.
void raiseFileLimit();

} // namespace ocfsecd::bench
