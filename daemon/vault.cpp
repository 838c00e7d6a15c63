#include "vault.h"

#include "svr/persist.h"

namespace ocfsecd {

/// What lives on the worker's thread.
struct Vault::Room {
    tpm::Options options;
    std::filesystem::path directory;
    std::unique_ptr<tpm::Tpm> tpm;
    std::unique_ptr<store::Store> store; ///< stays without a TPM: it can still mark a reset

    /// A dead TPM context is replaced (L6.12).
    Result<void> ready() {
        if (tpm && tpm->usable())
            return {};
        if (store)
            store->tpmLost();
        tpm.reset(); // before the next one: a software TPM serves one connection at a time
        auto opened = tpm::Tpm::open(options);
        if (!opened)
            return opened.failure();
        tpm = *std::move(opened);
        if (store)
            store->tpmBack(*tpm);
        else
            store = std::make_unique<store::Store>(directory, *tpm);
        return {};
    }
};

Vault::Vault(tpm::Worker& worker, tpm::Options options, std::filesystem::path directory)
    : worker_{worker}, room_{std::make_shared<Room>()} {
    room_->options = std::move(options);
    room_->directory = std::move(directory);
}

template <class T, class Act>
void Vault::post(tpm::Priority priority, Done<T> done, Act act) {
    auto shared = std::make_shared<Done<T>>(std::move(done));
    auto job = [room = room_, shared, act = std::move(act)]() mutable -> tpm::Worker::Done {
        auto outcome = std::make_shared<Result<T>>([&]() -> Result<T> { return act(*room); }());
        return [shared, outcome] { (*shared)(std::move(*outcome)); };
    };
    if (auto posted = worker_.post(priority, std::move(job)); !posted)
        (*shared)(posted.failure());
}

template <class T, class Act>
void Vault::postReady(tpm::Priority priority, Done<T> done, Act act) {
    post<T>(priority, std::move(done), [act = std::move(act)](Room& room) mutable -> Result<T> {
        if (auto ready = room.ready(); !ready)
            return ready.failure();
        return act(room);
    });
}

void Vault::open(Done<VaultStatus> done) {
    postReady<VaultStatus>(tpm::Priority::commit, std::move(done), [](Room& room) -> Result<VaultStatus> {
        return VaultStatus{room.tpm->description(), room.tpm->nvWrites()};
    });
}

void Vault::load(unsigned device, Done<store::Loaded> done) {
    postReady<store::Loaded>(tpm::Priority::commit, std::move(done),
                             [device](Room& room) { return room.store->load(device); });
}

void Vault::commit(unsigned device, svr::DeviceState state, bool transition, Done<svr::DeviceState> done) {
    postReady<svr::DeviceState>(
        tpm::Priority::commit, std::move(done),
        [device, state = std::move(state), transition](Room& room) mutable -> Result<svr::DeviceState> {
            for (auto& credential : state.cred.creds) {
                if (!credential.key.clear || credential.key.sealed)
                    continue;
                auto sealed = room.store->seal(device, *credential.key.clear);
                if (!sealed)
                    return sealed.failure();
                credential.key.sealed = svr::SealedBlob{sealed->publicArea, sealed->privateArea};
            }
            if (auto committed = room.store->commit(device, svr::encodeState(state), transition); !committed)
                return committed.failure();
            return std::move(state);
        });
}

void Vault::unseal(unsigned device, svr::SealedBlob blob, Done<SecretBytes> done) {
    postReady<SecretBytes>(tpm::Priority::unseal, std::move(done), [device, blob = std::move(blob)](Room& room) {
        return room.store->unseal(device, {blob.publicArea, blob.privateArea});
    });
}

void Vault::markResetting(unsigned device, Done<void> done) {
    // First what the store knows: a TPM that is gone must not keep an ownership alive, nor one that hangs delay its
    // end.
    post<void>(tpm::Priority::commit, std::move(done), [device](Room& room) -> Result<void> {
        if (room.store && room.store->markResetting(device))
            return {};
        if (auto ready = room.ready(); !ready)
            return ready.failure();
        return room.store->markResetting(device);
    });
}

void Vault::finishReset(unsigned device, Done<void> done) {
    post<void>(tpm::Priority::commit, std::move(done), [device](Room& room) -> Result<void> {
        if (auto ready = room.ready(); !ready && !room.store)
            return ready.failure();
        return room.store->finishReset(device); // without a TPM it still makes the mark
    });
}

void Vault::localReset(unsigned device, Done<void> done) {
    postReady<void>(tpm::Priority::commit, std::move(done),
                    [device](Room& room) { return room.store->localReset(device); });
}

} // namespace ocfsecd
