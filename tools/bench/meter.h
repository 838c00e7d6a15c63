#pragma once
// Wall and CPU time between two moments.

#include "base/clock.h"
#include "tools/bench/process.h"

namespace ocfsecd::bench {

class Meter {
public:
    /// Starts now. `server` 0: its CPU time is not measured.
    static Result<Meter> start(pid_t server);
    struct Reading {
        double seconds = 0;
        double serverCpu = 0; ///< seconds
        double clientCpu = 0; ///< seconds
    };
    Result<Reading> read() const;

private:
    pid_t server_ = 0;
    TimePoint began_;
    CpuTime serverCpu_{};
    CpuTime clientCpu_{};
};

} // namespace ocfsecd::bench
