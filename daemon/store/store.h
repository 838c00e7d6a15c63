#pragma once
// The durable state of the devices: one sealed snapshot each (design section 4). It does not know what is inside.
// Every call blocks and belongs to the worker's thread. Nothing corrupt, foreign, newer or older is ever overwritten.
//
// Who says that a device is owned is the TPM, not the disk: the epoch is even while a device is unowned and odd while
// it is owned. An ownership begins when its first snapshot, sealed to the odd epoch to come, is on the disk and the
// epoch advances; it ends when the epoch advances again. So a crash at any step leaves the old or the new state, a
// snapshot deleted or replaced by an older one is noticed without any second file, and an ownership costs one NV write
// at either end and one for each transition in between.
//
// What is not noticed: a snapshot replaced by an older one of the same counter value, that is, from after the same
// transition. Commits without a transition (a credential added in RFNOP) are durable, but write no NV.

#include "base/result.h"
#include "tpm/tpm.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>

namespace ocfsecd::store {

/// What start-up finds.
struct Loaded {
    enum class Kind {
        unowned,   ///< no index, or an even epoch and no snapshot: start in RESET → RFOTM
        owned,     ///< `body` is the last durable state
        resetting, ///< a marked RESET has not been finished: call finishReset()
    };
    Kind kind = Kind::unowned;
    Bytes body;
    std::uint64_t generation = 0;
};

class Store {
public:
    /// `directory` exists and is ours (StateDirectory, 0700). It is locked: while another store has it, every call
    /// gives Reason::busy. `tpm` outlives the store, or tpmLost() is called before it ends.
    Store(std::filesystem::path directory, tpm::Tpm& tpm);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// Until tpmBack() only the mark of a reset can be made; everything else gives Reason::tpmUnavailable.
    void tpmLost();
    /// Disk and TPM are asked anew.
    void tpmBack(tpm::Tpm& tpm);

    /// True once in the life of a device that never had an owner: the first time it is asked. Durable when it returns.
    Result<bool> isFirstStart(unsigned device);
    /// Rolls an interrupted commit forward. Reason::foreignState, rolledBack, stateMissing, stateCorrupt,
    /// policyMismatch, tpm…: the device serves nothing secret until somebody acts.
    Result<Loaded> load(unsigned device);
    /// Durable when it returns: temporary file, fsync, rename, fsync of the directory, and for a state transition
    /// (`transition`) NV_Increment last. The first commit of an ownership makes the state key, defines the counters
    /// when the TPM has none, and advances the epoch instead of the counter. After a failure of the TPM the new state
    /// may already be on the disk; the next load() or commit() then takes it as done (rolls forward).
    Result<void> commit(unsigned device, ByteView body, bool transition);
    /// The durable "resetting" mark, before the 2.04 (facts 1.6). It replaces the snapshot, so the sealed objects are
    /// gone from the disk. Needs no TPM once the device was loaded or committed, not even after a commit that the TPM
    /// failed; nothing to do for an unowned device.
    Result<void> markResetting(unsigned device);
    /// Epoch advanced, then snapshot and state key deleted: every old copy is worthless. Idempotent; marks by itself
    /// what is not marked, also while the TPM is lost. After a failure call it again.
    Result<void> finishReset(unsigned device);
    /// The operator's local reset: as finishReset, and allowed from every named failure. What could not be read is kept
    /// aside under a name with its time, never deleted silently.
    /// `now` only names that file. Not while the TPM is unavailable: it alone can end an ownership.
    Result<void> localReset(unsigned device,
                            std::chrono::system_clock::time_point now = std::chrono::system_clock::now());
    /// The auditable events, a file of their own under the state key. Nothing is written for a device that is not
    /// owned.
    Result<void> commitEvents(unsigned device, ByteView list);
    /// What commitEvents() wrote in this ownership; nothing when there is nothing. Reason::stateCorrupt: the file is
    /// kept aside. A RESET removes it.
    Result<std::optional<Bytes>>
    loadEvents(unsigned device, std::chrono::system_clock::time_point now = std::chrono::system_clock::now());
    /// Seals a secret of the device; the index exists afterwards. For an unowned device it belongs to the ownership the
    /// first commit begins: it opens only after that.
    Result<tpm::SealedObject> seal(unsigned device, const SecretBytes& secret);
    Result<SecretBytes> unseal(unsigned device, const tpm::SealedObject& object);

    /// Test seam: called before each durable step with its name ("write", "fsync", "rename", "fsync-dir", "define",
    /// "increment", "epoch", "unlink", "aside"); a test kills the process there.
    static std::function<void(std::string_view step)> beforeStep;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace ocfsecd::store
