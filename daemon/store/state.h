#pragma once
// What a Store knows of its devices while it runs: read from disk and TPM (examine.cpp), changed step by step
// (store.cpp). Private to the two.

#include "store/directory.h"
#include "store/snapshot.h"
#include "store/standing.h"
#include "store/store.h"

#include <fmt/format.h>
#include <map>

namespace ocfsecd::store {

inline std::string fileOf(unsigned device) {
    return fmt::format("device-{}.snapshot", device);
}
/// Empty; it is there once the device was started.
inline std::string startedFileOf(unsigned device) {
    return fmt::format("device-{}.started", device);
}
inline std::string eventsFileOf(unsigned device) {
    return fmt::format("device-{}.events", device);
}

/// Before each durable step, for tests that end the process there.
inline void step(std::string_view name) {
    if (Store::beforeStep)
        Store::beforeStep(name);
}

inline Failure tpmIsGone() {
    return {Reason::tpmUnavailable, "the TPM is gone", "bring it back; what waits for it goes on by itself"};
}

/// A device as disk and TPM agree on it.
struct Present {
    std::optional<tpm::Counters> counters; ///< nothing: never owned on this TPM
    std::optional<Header> header;          ///< of the snapshot in force; nothing: unowned
    std::shared_ptr<const SecretBytes> key;
    Bytes body; ///< only until load() has handed it out

    bool owned() const { return header && header->mark == Mark::owned; }
};

/// What a mark needs when nobody can be asked: the last snapshot that is, or may be, on the disk, and its key.
struct LastWritten {
    Header header;
    std::shared_ptr<const SecretBytes> key;
};

struct Store::State {
    State(std::filesystem::path path, tpm::Tpm& on) : directory{std::move(path), step}, tpm{&on} {}

    Directory directory;
    tpm::Tpm* tpm; ///< null while it is lost; nothing is known then, so that only examine() and unseal() meet it
    std::map<unsigned, Present> known;
    std::map<unsigned, LastWritten> last; ///< of owned devices; outlives a failure and the loss of the TPM

    Result<Present*> present(unsigned device);
    template <class Act>
    auto with(unsigned device, Act act) -> decltype(act(std::declval<Present&>()));
    /// The same for what writes: after a failure disk and TPM are asked anew, for either may have the new state.
    template <class Act>
    Result<void> change(unsigned device, Act act);

    Result<Present> examine(unsigned device);
    Result<Present> judge(unsigned device, const Snapshot& snapshot, const tpm::Counters& counters);
    Result<SecretBytes> stateKeyOf(const Header& header);
    Result<Present> notOfNow(unsigned device, const Failure& why, const Header& header, const tpm::Counters& counters);
    Result<Present> rollForward(unsigned device, Present found, Standing standing);

    Result<tpm::Counters> countersOf(unsigned device, Present& now);
    Result<void> advanceEpoch(unsigned device, std::uint64_t expected);
    Result<void> advanceCounter(unsigned device, std::uint64_t expected);
    Result<void> write(const Header& header, std::shared_ptr<const SecretBytes> key, ByteView body);

    Result<void> beginOwnership(unsigned device, Present& now, ByteView body);
    Result<void> goOn(unsigned device, Present& now, ByteView body, bool transition);
    Result<void> mark(Present& now);
    Result<void> markUnseen(unsigned device, const Failure& why);
    Result<void> finish(unsigned device, Present& now);
    Result<void> giveUp(unsigned device, std::chrono::system_clock::time_point now);
};

template <class Act>
auto Store::State::with(unsigned device, Act act) -> decltype(act(std::declval<Present&>())) {
    const auto now = present(device);
    if (!now)
        return now.failure();
    return act(**now);
}

template <class Act>
Result<void> Store::State::change(unsigned device, Act act) {
    auto outcome = with(device, act);
    if (!outcome)
        known.erase(device);
    return outcome;
}

} // namespace ocfsecd::store
