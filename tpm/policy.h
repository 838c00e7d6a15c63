#pragma once
// The policy of every sealed object: the device's epoch has one value, and the chosen PCRs have not moved.

#include "tpm/counters.h"

namespace ocfsecd::tpm {

class Policy {
public:
    Policy(Connection& connection, Sessions& sessions, NvCounters& counters, const std::vector<unsigned>& pcrs);

    /// Reason::configuration for PCR numbers that do not exist.
    static Result<void> checkSelection(const std::vector<unsigned>& pcrs);
    /// Takes a policy or trial session through the policy.
    Result<void> apply(ESYS_TR session, unsigned device, std::uint64_t epoch);
    /// What to seal to. A PCR that was never measured into is refused: it would bind to nothing.
    Result<TPM2B_DIGEST> digest(unsigned device, std::uint64_t epoch);

private:
    Result<void> refuseUnmeasured();

    Connection& connection_;
    Sessions& sessions_;
    NvCounters& counters_;
    std::vector<unsigned> pcrs_;
};

} // namespace ocfsecd::tpm
