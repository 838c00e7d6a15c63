#include "vault.h"

#include "svr/persist.h"

namespace ocfsecd {

/// What lives on the worker's thread.
struct Vault::Room {
    tpm::Options options;
    std::filesystem::path directory;
    std::unique_ptr<tpm::Tpm> tpm;
    std::unique_ptr<store::Store> store;

    /// A dead TPM context is replaced (L6.12); the store stands on it and goes with it.
    Result<void> ready() {
        if (tpm && tpm->usable())
            return {};
        store.reset();
        tpm.reset();
        auto opened = tpm::Tpm::open(options);
        if (!opened)
            return opened.failure();
        tpm = *std::move(opened);
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
        auto outcome = std::make_shared<Result<T>>([&]() -> Result<T> {
            if (auto ready = room->ready(); !ready)
                return ready.failure();
            return act(*room);
        }());
        return [shared, outcome] { (*shared)(std::move(*outcome)); };
    };
    if (auto posted = worker_.post(priority, std::move(job)); !posted)
        (*shared)(posted.failure());
}

void Vault::open(Done<VaultStatus> done) {
    post<VaultStatus>(tpm::Priority::commit, std::move(done), [](Room& room) -> Result<VaultStatus> {
        return VaultStatus{room.tpm->description(), room.tpm->nvWrites()};
    });
}

void Vault::load(unsigned device, Done<store::Loaded> done) {
    post<store::Loaded>(tpm::Priority::commit, std::move(done),
                        [device](Room& room) { return room.store->load(device); });
}

void Vault::commit(unsigned device, svr::DeviceState state, bool transition, Done<svr::DeviceState> done) {
    post<svr::DeviceState>(
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
    post<SecretBytes>(tpm::Priority::unseal, std::move(done), [device, blob = std::move(blob)](Room& room) {
        return room.store->unseal(device, {blob.publicArea, blob.privateArea});
    });
}

void Vault::markResetting(unsigned device, Done<void> done) {
    post<void>(tpm::Priority::commit, std::move(done),
               [device](Room& room) { return room.store->markResetting(device); });
}

void Vault::finishReset(unsigned device, Done<void> done) {
    post<void>(tpm::Priority::commit, std::move(done),
               [device](Room& room) { return room.store->finishReset(device); });
}

void Vault::localReset(unsigned device, Done<void> done) {
    post<void>(tpm::Priority::commit, std::move(done), [device](Room& room) { return room.store->localReset(device); });
}

} // namespace ocfsecd
