#include "tools/bench/process.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/resource.h>

namespace ocfsecd::bench {

Result<CpuTime> cpuTimeOf(pid_t process) {
    clockid_t clock{};
    timespec used{};
    if (const int error = ::clock_getcpuclockid(process, &clock); error != 0)
        return Failure{Reason::notFound, fmt::format("no CPU time of process {}: {}", process, std::strerror(error)),
                       "name the server's process: --pid"};
    if (::clock_gettime(clock, &used) != 0)
        return Failure{Reason::notFound, fmt::format("no CPU time of process {}: {}", process, std::strerror(errno)),
                       "name the server's process: --pid"};
    return std::chrono::seconds{used.tv_sec} + CpuTime{used.tv_nsec};
}

Result<Memory> memoryOf(pid_t process) {
    const auto path = fmt::format("/proc/{}/smaps_rollup", process);
    std::ifstream file{path};
    Memory out;
    bool found = false;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words{line};
        std::string name;
        std::uint64_t kibibytes = 0;
        if (!(words >> name >> kibibytes))
            continue;
        if (name == "Rss:") {
            out.resident = kibibytes * 1024;
            found = true;
        } else if (name == "Private_Clean:" || name == "Private_Dirty:") {
            out.own += kibibytes * 1024;
        }
    }
    if (!found)
        return Failure{Reason::notFound, fmt::format("cannot read {}", path), "run as root, or as the server's user"};
    return out;
}

void raiseFileLimit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit); // without it fewer clients fit, and making a socket says so
}

} // namespace ocfsecd::bench
