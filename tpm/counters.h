#pragma once
// The two NV counters of each device: the ownership epoch and the counter of durable transitions.

#include "tpm/connection.h"
#include "tpm/session.h"
#include "tpm/tpm.h"

#include <map>

namespace ocfsecd::tpm {

enum class Index { epoch, counter };

/// Read and advanced by the index's own empty authorisation, so an owner password set later does not stop a running
/// device (L6.10). Whoever may use the TPM may also advance or undefine them: both end an ownership, neither brings an
/// old one back, because a counter defined again goes on above its old value (L6.6).
class NvCounters {
public:
    NvCounters(Connection& connection, Sessions& sessions, std::uint32_t base)
        : connection_{connection}, sessions_{sessions}, base_{base} {}

    Result<std::optional<Counters>> read(unsigned device);
    Result<Counters> define(unsigned device);
    Result<std::uint64_t> advance(unsigned device, Index which);

    /// The handle of an index that exists and has a value, for PolicyNV.
    Result<ESYS_TR> handleOf(unsigned device, Index which);
    /// The epoch as last seen; read from the TPM when `fresh`.
    Result<std::uint64_t> epoch(unsigned device, bool fresh);

    std::uint64_t writes() const { return writes_; }

private:
    struct Found {
        ESYS_TR handle = ESYS_TR_NONE;
        bool written = false;
    };

    Result<TPM2_HANDLE> number(unsigned device, Index which) const;
    Result<std::optional<Found>> find(TPM2_HANDLE number);
    Result<std::optional<Found>> judge(TPM2_HANDLE number, ESYS_TR handle);
    Result<std::uint64_t> begin(unsigned device, Index which, bool (*isStart)(std::uint64_t));
    Result<Found> make(TPM2_HANDLE number);
    Result<std::optional<std::uint64_t>> valueAt(TPM2_HANDLE number);
    Result<std::uint64_t> valueOf(TPM2_HANDLE number, const Found& index);
    Result<void> increment(TPM2_HANDLE number, const Found& index);
    void forgetSpoiled();

    Connection& connection_;
    Sessions& sessions_;
    std::uint32_t base_;
    std::uint64_t writes_ = 0;
    std::uint64_t failuresSeen_ = 0;
    std::map<TPM2_HANDLE, Found> known_; ///< indices whose public area was checked
    std::map<unsigned, std::uint64_t> lastEpoch_;
};

} // namespace ocfsecd::tpm
