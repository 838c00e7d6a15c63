#pragma once
// Disk and TPM of a simulated device: seals keys into objects that only it can open, keeps the last durable state, and
// fails or waits when told.

#include "certificates.h"
#include "ocf/effects.h"

#include <deque>
#include <functional>
#include <map>

namespace ocfsecd::test {

class FakeVault {
public:
    /// Seals what is not sealed yet and makes the state durable.
    Result<svr::DeviceState> commit(const ocf::CommitRequest& request);
    Result<SecretBytes> unseal(const svr::SealedBlob& blob);
    Result<void> mark();
    Result<void> finish();

    /// The key of the maker's certificate and those made for certificate requests.
    std::optional<TestKey> manufacturerKey;
    Result<ocf::MadeCsr> makeCsr(const ocf::CsrRequest& request);
    /// What signs a step; fails where the key is not here or the vault fails.
    dtls::SignDigest signerFor(const ocf::StepRequest& request);

    /// The auditable events, beside the state.
    Result<void> writeAuditLog(Bytes octets);
    const std::optional<Bytes>& auditLog() const { return auditLog_; }
    std::optional<Bytes>& editAuditLog() { return auditLog_; }

    /// While set, every command fails so.
    std::optional<Failure> failing;
    /// While set, a commit reaches the disk and yet fails so: the TPM is lost behind the write.
    std::optional<Failure> failingBehindTheWrite;
    bool holding = false; ///< commands wait for SimDevice::releaseOne() or release()

    struct Counts {
        unsigned commits = 0, transitions = 0, unseals = 0, marks = 0, finishes = 0, auditLogs = 0, csrs = 0,
                 signatures = 0;
    };
    const Counts& counts() const { return counts_; }
    const std::optional<Bytes>& snapshot() const { return snapshot_; }
    std::optional<Bytes>& editSnapshot() { return snapshot_; }
    bool resetting() const { return resetting_; }

private:
    struct Object {
        std::uint64_t epoch = 0;
        SharedSecret key;
    };
    std::optional<Bytes> snapshot_, auditLog_;
    bool resetting_ = false;
    std::uint64_t epoch_ = 1;
    std::uint64_t nextObject_ = 1;
    std::map<Bytes, Object> objects_;
    std::map<Bytes, TestKey> identityKeys_; ///< by their public area
    Counts counts_;
};

} // namespace ocfsecd::test
