#include "store/store.h"

#include "store/event_file.h"
#include "store/state.h"

#include <ctime>

namespace ocfsecd::store {

std::function<void(std::string_view)> Store::beforeStep;

namespace {

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

Failure countersMoved(unsigned device) {
    return {Reason::rolledBack, fmt::format("somebody else advanced the TPM's counters of device {}", device),
            "reset the device locally"};
}

} // namespace

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

Result<bool> Store::isFirstStart(unsigned device) {
    return state_->with(device, [&](Present& now) -> Result<bool> {
        const auto file = startedFileOf(device);
        const auto before = state_->directory.read(file, 0);
        if (now.counters || !before || *before) // the TPM has known it, or the disk
            return before ? Result<bool>{false} : before.failure();
        if (auto written = state_->directory.replace(file, {}); !written)
            return written.failure();
        return true;
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
