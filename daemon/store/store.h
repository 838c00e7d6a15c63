#pragma once
// The durable state of the devices: one sealed snapshot each (design section 4). It does not know what is inside.
// Every call blocks and belongs to the worker's thread. Nothing corrupt, foreign, newer or older is ever overwritten.

#include "base/result.h"
#include "tpm/tpm.h"

#include <filesystem>
#include <functional>

namespace ocfsecd::store {

/// What start-up finds.
struct Loaded {
    enum class Kind {
        unowned,   ///< no snapshot and no index, or an erased one: start in RESET → RFOTM
        owned,     ///< `body` is the last durable state
        resetting, ///< a marked RESET has not been finished: call finishReset()
    };
    Kind kind = Kind::unowned;
    Bytes body;
    std::uint64_t generation = 0;
};

class Store {
public:
    /// `directory` exists and is ours (StateDirectory, 0700).
    Store(std::filesystem::path directory, tpm::Tpm& tpm);
    ~Store();

    /// Rolls an interrupted commit forward. Reason::foreignState, rolledBack, stateMissing, stateCorrupt,
    /// policyMismatch, tpm…: the device serves nothing secret until somebody acts.
    Result<Loaded> load(unsigned device);
    /// Durable when it returns: temporary file, fsync, rename, fsync of the directory, and for a state transition
    /// (`transition`) NV_Increment last. The first commit of an ownership defines the counters and the state key.
    Result<void> commit(unsigned device, ByteView body, bool transition);
    /// The durable "resetting" mark, before the 2.04 (facts 1.6).
    Result<void> markResetting(unsigned device);
    /// Epoch advanced, then snapshot and state key deleted: every old copy is worthless. Idempotent.
    Result<void> finishReset(unsigned device);
    /// The operator's local reset: as finishReset, and allowed from every named failure. What could not be read is kept
    /// aside under a name with its time, never deleted silently.
    Result<void> localReset(unsigned device);
    /// Seals a secret of the device; the index exists afterwards.
    Result<tpm::SealedObject> seal(unsigned device, const SecretBytes& secret);
    Result<SecretBytes> unseal(unsigned device, const tpm::SealedObject& object);

    /// Test seam: called before each durable step with its name ("write", "fsync", "rename", "fsync-dir", "increment",
    /// "epoch", "unlink"); a test kills the process there.
    static std::function<void(std::string_view step)> beforeStep;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace ocfsecd::store
