// What disk and TPM say of a device, together.

#include "store/state.h"

namespace ocfsecd::store {

namespace {

constexpr std::string_view kResetLocally = "reset the device locally (the file is kept aside)";

Failure foreign(std::string why) {
    return {Reason::foreignState, std::move(why), std::string{kResetLocally}};
}

} // namespace

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

} // namespace ocfsecd::store
