#include "store/store.h"

#include "store/directory.h"
#include "store/event_file.h"
#include "store/snapshot.h"
#include "store/standing.h"

#include <ctime>
#include <fmt/format.h>
#include <map>

namespace ocfsecd::store {

std::function<void(std::string_view)> Store::beforeStep;

namespace {

void step(std::string_view name) {
    if (Store::beforeStep)
        Store::beforeStep(name);
}

std::string fileOf(unsigned device) {
    return fmt::format("device-{}.snapshot", device);
}

std::string eventsFileOf(unsigned device) {
    return fmt::format("device-{}.events", device);
}

std::string asideOf(const std::string& file, std::chrono::system_clock::time_point now) {
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    return fmt::format("{}.{:04}{:02}{:02}T{:02}{:02}{:02}Z", file, utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                       utc.tm_hour, utc.tm_min, utc.tm_sec);
}

/// A failure of the state itself: the operator may give it up. All others pass, or another daemon has the directory.
bool isStateFailure(Reason reason) {
    return reason == Reason::foreignState || reason == Reason::rolledBack || reason == Reason::stateMissing ||
           reason == Reason::stateCorrupt || reason == Reason::policyMismatch;
}

Failure tpmIsGone() {
    return {Reason::tpmUnavailable, "the TPM is gone", "bring it back; what waits for it goes on by itself"};
}

constexpr std::string_view kResetLocally = "reset the device locally (the file is kept aside)";

Failure foreign(std::string why) {
    return {Reason::foreignState, std::move(why), std::string{kResetLocally}};
}

Failure countersMoved(unsigned device) {
    return {Reason::rolledBack, fmt::format("somebody else advanced the TPM's counters of device {}", device),
            "reset the device locally"};
}

/// A device as disk and TPM agree on it.
struct Present {
    std::optional<tpm::Counters> counters; ///< nothing: never owned on this TPM
    std::optional<Header> header;          ///< of the snapshot in force; nothing: unowned
    std::shared_ptr<const SecretBytes> key;
    Bytes body; ///< only until load() has handed it out

    bool owned() const { return header && header->mark == Mark::owned; }
};

} // namespace

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

Store::Store(std::filesystem::path directory, tpm::Tpm& tpm)
    : state_{std::make_unique<State>(std::move(directory), tpm)} {}

Store::~Store() = default;

void Store::tpmLost() {
    state_->tpm = nullptr;
    state_->known.clear();
}

void Store::tpmBack(tpm::Tpm& tpm) {
    state_->tpm = &tpm;
    state_->known.clear();
}

Result<Loaded> Store::load(unsigned device) {
    state_->known.erase(device);
    return state_->with(device, [](Present& now) -> Result<Loaded> {
        if (!now.header)
            return Loaded{};
        return Loaded{now.owned() ? Loaded::Kind::owned : Loaded::Kind::resetting, std::exchange(now.body, {}),
                      now.header->generation};
    });
}

Result<void> Store::commit(unsigned device, ByteView body, bool transition) {
    return state_->change(device, [&](Present& now) -> Result<void> {
        if (!now.header)
            return state_->beginOwnership(device, now, body);
        if (!now.owned())
            return Failure{Reason::precondition, fmt::format("device {} is being reset", device), "wait for the reset"};
        return state_->goOn(device, now, body, transition);
    });
}

Result<void> Store::markResetting(unsigned device) {
    auto marked = state_->change(device, [&](Present& now) { return state_->mark(now); });
    return marked || !tpm::isTpmFailure(marked.failure().reason) ? marked
                                                                 : state_->markUnseen(device, marked.failure());
}

Result<void> Store::finishReset(unsigned device) {
    auto finished = state_->change(device, [&](Present& now) { return state_->finish(device, now); });
    if (!finished && tpm::isTpmFailure(finished.failure().reason))
        (void)state_->markUnseen(device, finished.failure()); // at least nobody finds the state again
    return finished;
}

Result<void> Store::localReset(unsigned device, std::chrono::system_clock::time_point now) {
    state_->known.erase(device); // what is on the disk now is what has to go, or to be kept aside
    // A reset that is refused changes nothing: no mark while the TPM is away.
    const auto finish = [&](Present& present) { return state_->finish(device, present); };
    if (auto done = state_->change(device, finish); done || !isStateFailure(done.failure().reason))
        return done;
    return state_->giveUp(device, now);
}

Result<void> Store::commitEvents(unsigned device, ByteView list) {
    return state_->with(device, [&](Present& now) -> Result<void> {
        if (!now.owned())
            return {};
        const auto octets = encodeEvents(device, now.header->epoch, *now.key, list);
        if (!octets)
            return octets.failure();
        return state_->directory.replace(eventsFileOf(device), *octets);
    });
}

Result<std::optional<Bytes>> Store::loadEvents(unsigned device, std::chrono::system_clock::time_point time) {
    return state_->with(device, [&](Present& now) -> Result<std::optional<Bytes>> {
        const auto file = eventsFileOf(device);
        state_->directory.removeLeftover(file);
        if (!now.owned())
            return std::optional<Bytes>{};
        auto octets = state_->directory.read(file, kMaxEvents + 1024);
        if (octets && !*octets)
            return std::optional<Bytes>{};
        auto list = octets ? decodeEvents(**octets, device, now.header->epoch, *now.key, state_->directory.pathOf(file))
                           : Result<Bytes>{octets.failure()};
        if (list)
            return std::optional{*std::move(list)};
        if (list.failure().reason == Reason::stateCorrupt)
            if (auto moved = state_->directory.moveAside(file, asideOf(file, time)); !moved)
                return moved.failure();
        return list.failure();
    });
}

Result<tpm::SealedObject> Store::seal(unsigned device, const SecretBytes& secret) {
    return state_->with(device, [&](Present& now) -> Result<tpm::SealedObject> {
        const auto counters = state_->countersOf(device, now);
        if (!counters)
            return counters.failure();
        return state_->tpm->sealAt(device, isOwned(*counters) ? counters->epoch : counters->epoch + 1, secret);
    });
}

Result<SecretBytes> Store::unseal(unsigned device, const tpm::SealedObject& object) {
    return state_->tpm != nullptr ? state_->tpm->unseal(device, object) : tpmIsGone();
}

// What is there

Result<Present*> Store::State::present(unsigned device) {
    if (auto ready = directory.ready(); !ready)
        return ready.failure();
    if (const auto found = known.find(device); found != known.end())
        return &found->second;
    auto examined = examine(device);
    if (!examined)
        return examined.failure();
    return &(known[device] = *std::move(examined));
}

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

Result<Present> Store::State::examine(unsigned device) {
    if (tpm == nullptr)
        return tpmIsGone();
    const auto file = fileOf(device);
    directory.removeLeftover(file);
    const auto octets = directory.read(file, kMaxSnapshot);
    if (!octets)
        return octets.failure();
    const auto counters = tpm->readCounters(device);
    if (!counters)
        return counters.failure();
    if (*octets) {
        const auto path = directory.pathOf(file);
        const auto snapshot = decodeSnapshot(**octets, path);
        if (!snapshot)
            return snapshot.failure();
        if (snapshot->header.device != device)
            return foreign(fmt::format("{} belongs to device {}", path, snapshot->header.device));
        if (!equal(snapshot->header.parentName, tpm->parentName()))
            return foreign(fmt::format("{} was sealed by another TPM, or this one was cleared since", path));
        if (!*counters)
            return foreign(fmt::format("the TPM has no counters for {}: somebody removed them", path));
        return judge(device, *snapshot, **counters);
    }
    if (*counters && isOwned(**counters))
        return Failure{
            Reason::stateMissing,
            fmt::format("the TPM says that device {} is owned, but {} is missing", device, directory.pathOf(file)),
            "restore the file, or reset the device locally"};
    last.erase(device);
    Present out;
    out.counters = *counters;
    return out;
}

Result<Present> Store::State::judge(unsigned device, const Snapshot& snapshot, const tpm::Counters& counters) {
    const auto& header = snapshot.header;
    const auto path = directory.pathOf(fileOf(device));
    auto key = stateKeyOf(header);
    if (!key && key.failure().reason == Reason::policyMismatch)
        return notOfNow(device, key.failure(), header, counters);
    if (!key && key.failure().reason == Reason::foreignState) // the parent is the right one: compared before
        return Failure{Reason::stateCorrupt, fmt::format("{} is damaged: {}", path, key.failure().what),
                       std::string{kResetLocally}};
    if (!key)
        return key.failure();
    auto body = openBody(snapshot, *key, path);
    if (!body)
        return body.failure();

    // From here on the header is ours, word for word.
    Present found;
    found.counters = counters;
    found.header = header;
    found.key = std::make_shared<const SecretBytes>(*std::move(key));
    found.body = *std::move(body);
    last[header.device] = {header, found.key};
    switch (const auto standing = standingOf(header, counters)) {
    case Standing::current:
        return found;
    case Standing::transitionToDo:
    case Standing::ownershipToDo:
        return rollForward(device, std::move(found), standing);
    case Standing::resetDone:
    case Standing::older:
    case Standing::ahead:
        break;
    }
    return notOfNow(device, {}, header, counters);
}

Result<SecretBytes> Store::State::stateKeyOf(const Header& header) {
    auto key = tpm->unseal(header.device, header.stateKey);
    if (!key && key.failure().reason == Reason::policyMismatch && header.earlyKey)
        return tpm->unseal(header.device, *header.earlyKey);
    return key;
}

/// The header could not be verified, or it is not of now: it decides nothing but which name the failure gets.
Result<Present> Store::State::notOfNow(unsigned device, const Failure& why, const Header& header,
                                       const tpm::Counters& counters) {
    const auto file = fileOf(device);
    switch (standingOf(header, counters)) {
    case Standing::resetDone: {
        // The TPM says the device is unowned, the file says it is given up: the unlink of a reset is what is left to
        // do.
        if (auto removed = directory.remove(eventsFileOf(device)); !removed)
            return removed.failure();
        if (auto removed = directory.remove(file); !removed)
            return removed.failure();
        last.erase(header.device);
        Present out;
        out.counters = counters;
        return out;
    }
    case Standing::older:
        return Failure{Reason::rolledBack,
                       fmt::format("{} is an older copy: epoch {} and counter {}, the TPM is at {} and {}",
                                   directory.pathOf(file), header.epoch, header.counter, counters.epoch,
                                   counters.counter),
                       "restore the newest copy, or reset the device locally (the file is kept aside)"};
    case Standing::ahead:
        return foreign(fmt::format("{} is not of this TPM's past: epoch {} and counter {}, the TPM is at {} and {}",
                                   directory.pathOf(file), header.epoch, header.counter, counters.epoch,
                                   counters.counter));
    case Standing::current:
    case Standing::transitionToDo:
    case Standing::ownershipToDo:
        break;
    }
    return why; // the epoch is right, so the PCRs are not
}

Result<Present> Store::State::rollForward(unsigned device, Present found, Standing standing) {
    auto advanced = standing == Standing::ownershipToDo ? advanceEpoch(device, found.header->epoch)
                                                        : advanceCounter(device, found.header->counter);
    if (!advanced)
        return advanced.failure();
    found.counters = tpm::Counters{found.header->epoch, found.header->counter};
    return found;
}

// The durable steps

Result<tpm::Counters> Store::State::countersOf(unsigned device, Present& now) {
    if (now.counters)
        return *now.counters;
    step("define");
    auto defined = tpm->defineCounters(device);
    if (defined)
        now.counters = *defined;
    return defined;
}

Result<void> Store::State::advanceEpoch(unsigned device, std::uint64_t expected) {
    step("epoch");
    const auto value = tpm->advanceEpoch(device);
    if (!value)
        return value.failure();
    return *value == expected ? Result<void>{} : countersMoved(device);
}

Result<void> Store::State::advanceCounter(unsigned device, std::uint64_t expected) {
    step("increment");
    const auto value = tpm->advanceCounter(device);
    if (!value)
        return value.failure();
    return *value == expected ? Result<void>{} : countersMoved(device);
}

Result<void> Store::State::write(const Header& header, std::shared_ptr<const SecretBytes> key, ByteView body) {
    const auto octets = encodeSnapshot(header, *key, body);
    if (!octets)
        return octets.failure();
    auto& newest = last[header.device] = {header, std::move(key)};
    auto written = directory.replace(fileOf(header.device), *octets);
    if (!written)
        newest.header.mark = Mark::owned; // perhaps: so it is marked again
    return written;
}

// What happens to a device

Result<void> Store::State::beginOwnership(unsigned device, Present& now, ByteView body) {
    const auto counters = countersOf(device, now);
    if (!counters)
        return counters.failure();
    auto key = makeStateKey();
    if (!key)
        return key.failure();
    auto ahead = tpm->sealAt(device, counters->epoch + 1, *key);
    if (!ahead)
        return ahead.failure();
    auto early = tpm->sealAt(device, counters->epoch, *key);
    if (!early)
        return early.failure();
    Header header{.device = device,
                  .mark = Mark::owned,
                  .epoch = counters->epoch + 1,
                  .counter = counters->counter,
                  .generation = 1,
                  .parentName = copyOf(tpm->parentName()),
                  .stateKey = *std::move(ahead),
                  .earlyKey = *std::move(early)};
    auto shared = std::make_shared<const SecretBytes>(*std::move(key));
    if (auto written = write(header, shared, body); !written)
        return written;
    if (auto advanced = advanceEpoch(device, header.epoch); !advanced)
        return advanced;
    now.counters = tpm::Counters{header.epoch, header.counter};
    now.header = std::move(header);
    now.key = std::move(shared);
    return {};
}

Result<void> Store::State::goOn(unsigned device, Present& now, ByteView body, bool transition) {
    auto header = *now.header;
    header.earlyKey.reset();
    ++header.generation;
    if (transition)
        ++header.counter;
    if (auto written = write(header, now.key, body); !written)
        return written;
    if (transition)
        if (auto advanced = advanceCounter(device, header.counter); !advanced)
            return advanced;
    now.counters->counter = header.counter;
    now.header = std::move(header);
    now.body.clear();
    return {};
}

Result<void> Store::State::mark(Present& now) {
    if (!now.owned())
        return {};
    auto header = *now.header;
    header.earlyKey.reset();
    header.mark = Mark::resetting;
    ++header.generation;
    if (auto written = write(header, now.key, {}); !written)
        return written;
    now.header = std::move(header);
    now.body.clear();
    return {};
}

/// The mark while the TPM cannot say how things stand. The early key stays: the epoch may not have been advanced yet.
Result<void> Store::State::markUnseen(unsigned device, const Failure& why) {
    const auto found = last.find(device);
    if (found == last.end())
        return why; // unowned, or never read
    auto header = found->second.header;
    if (header.mark == Mark::resetting)
        return {};
    header.mark = Mark::resetting;
    ++header.generation;
    return write(header, found->second.key, {});
}

Result<void> Store::State::finish(unsigned device, Present& now) {
    if (!now.header)
        return {};
    if (auto marked = mark(now); !marked)
        return marked;
    const auto unowned = now.header->epoch + 1;
    if (auto advanced = advanceEpoch(device, unowned); !advanced)
        return advanced;
    for (const auto& file : {eventsFileOf(device), fileOf(device)})
        if (auto removed = directory.remove(file); !removed)
            return removed;
    const auto counter = now.counters->counter;
    last.erase(device);
    now = Present{};
    now.counters = tpm::Counters{unowned, counter};
    return {};
}

/// A state that cannot be read goes aside, and the epoch leaves behind whatever it may have been sealed to.
/// Interrupted, it leaves a missing state: the operator repeats it.
Result<void> Store::State::giveUp(unsigned device, std::chrono::system_clock::time_point now) {
    known.erase(device);
    last.erase(device);
    const auto counters = tpm->readCounters(device);
    if (!counters)
        return counters.failure();
    const auto events = eventsFileOf(device);
    if (auto moved = directory.moveAside(events, asideOf(events, now)); !moved)
        return moved.failure();
    const auto moved = directory.moveAside(fileOf(device), asideOf(fileOf(device), now));
    if (!moved)
        return moved.failure();
    if (!*counters)
        return {};
    // An even epoch: the file may have been an ownership's first snapshot, sealed to the next, odd one. Skip that.
    const auto steps = isOwned(**counters) ? 1 : *moved ? 2 : 0;
    for (int i = 1; i <= steps; ++i)
        if (auto advanced = advanceEpoch(device, (*counters)->epoch + static_cast<std::uint64_t>(i)); !advanced)
            return advanced;
    return {};
}

} // namespace ocfsecd::store
