#pragma once
// Secrets in and out of sealed objects.

#include "tpm/parent.h"
#include "tpm/policy.h"

namespace ocfsecd::tpm {

/// Commands that carry a secret run in a session salted to the parent, encrypted both ways (L6.3).
class Sealing {
public:
    Sealing(Connection& connection, const Parent& parent, Sessions& sessions, NvCounters& counters, Policy& policy)
        : connection_{connection}, parent_{parent}, sessions_{sessions}, counters_{counters}, policy_{policy} {}

    Result<SealedObject> seal(unsigned device, std::uint64_t epoch, const SecretBytes& secret);
    Result<SecretBytes> unseal(unsigned device, const SealedObject& object);

private:
    Result<SecretBytes> open(unsigned device, std::uint64_t epoch, const SealedObject& object);
    bool movedMeanwhile(const Failure& failure) const;

    Connection& connection_;
    const Parent& parent_;
    Sessions& sessions_;
    NvCounters& counters_;
    Policy& policy_;
};

} // namespace ocfsecd::tpm
