#pragma once
// The way from the loop to TPM and disk: every request becomes a job on the worker and its outcome comes back as an
// event.

#include "store/store.h"
#include "svr/state.h"
#include "tpm/worker.h"

#include <functional>
#include <memory>

namespace ocfsecd {

/// What the bus shows of the TPM.
struct VaultStatus {
    tpm::Description description;
    std::uint64_t nvWrites = 0;
};

class Vault {
public:
    template <class T>
    using Done = std::function<void(Result<T>)>;

    Vault(tpm::Worker& worker, tpm::Options options, std::filesystem::path directory);

    /// Opens (or reopens) the TPM. Every other request does so by itself when the TPM was lost.
    void open(Done<VaultStatus> done);
    void load(unsigned device, Done<store::Loaded> done);
    /// Seals the keys that are not sealed yet, then makes the state durable. Gives back the state with its sealed
    /// objects; its clear keys are still there for the key cache.
    void commit(unsigned device, svr::DeviceState state, bool transition, Done<svr::DeviceState> done);
    void unseal(unsigned device, svr::SealedBlob blob, Done<SecretBytes> done);
    /// Also without a TPM, once the device was loaded or committed.
    void markResetting(unsigned device, Done<void> done);
    void finishReset(unsigned device, Done<void> done);
    /// The operator's reset, allowed from every named failure.
    void localReset(unsigned device, Done<void> done);

private:
    struct Room;
    template <class T, class Act>
    void post(tpm::Priority priority, Done<T> done, Act act);
    template <class T, class Act>
    void postReady(tpm::Priority priority, Done<T> done, Act act); ///< with a TPM that can be used, or its failure

    tpm::Worker& worker_;
    std::shared_ptr<Room> room_; ///< only jobs touch what is inside
};

} // namespace ocfsecd
