#include "vault.h"

#include "base/random.h"
#include "certificate_request.h"
#include "svr/persist.h"
#include "tpm/public_point.h"

#include <fmt/format.h>

namespace ocfsecd {

namespace {

constexpr std::size_t kAuth = 32; // the most a TPM takes for a SHA-256 name

/// Facts 6.6: the key and the value its use asks for are made together.
Result<svr::IdentityKey> makeIdentityKey(tpm::Tpm& tpm) {
    SecretBytes auth{kAuth};
    SystemRandom{}.fill(auth.edit());
    auto key = tpm.createSigningKey(auth);
    if (!key)
        return key.failure();
    return svr::IdentityKey{{std::move(key->publicArea), std::move(key->privateArea)},
                            std::make_shared<const SecretBytes>(std::move(auth))};
}

Result<Bytes> signAsIdentity(tpm::Tpm& tpm, const std::optional<svr::IdentityKey>& key, ByteView digest) {
    if (!key || !key->auth)
        return Failure{Reason::notFound, "the device has no identity key", "have a new certificate made"};
    return tpm.sign({key->blob.publicArea, key->blob.privateArea}, *key->auth, digest);
}

} // namespace

/// What lives on the worker's thread.
struct Vault::Room {
    tpm::Options options;
    std::filesystem::path directory;
    std::unique_ptr<tpm::Tpm> tpm;
    std::unique_ptr<store::Store> store; ///< stays without a TPM: it can still mark a reset
    std::unique_ptr<ManufacturerKeys> manufacturer;

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
    room_->manufacturer = std::make_unique<ManufacturerKeys>(directory);
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

void Vault::isFirstStart(unsigned device, Done<bool> done) {
    postReady<bool>(tpm::Priority::commit, std::move(done),
                    [device](Room& room) { return room.store->isFirstStart(device); });
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

void Vault::commitEvents(unsigned device, Bytes list, Done<void> done) {
    postReady<void>(tpm::Priority::commit, std::move(done),
                    [device, list = std::move(list)](Room& room) { return room.store->commitEvents(device, list); });
}

void Vault::loadEvents(unsigned device, Done<std::optional<Bytes>> done) {
    postReady<std::optional<Bytes>>(tpm::Priority::commit, std::move(done),
                                    [device](Room& room) { return room.store->loadEvents(device); });
}

void Vault::localReset(unsigned device, Done<void> done) {
    postReady<void>(tpm::Priority::commit, std::move(done),
                    [device](Room& room) { return room.store->localReset(device); });
}

// Signing

void Vault::step(unsigned device, ocf::StepRequest request, Done<void> done) {
    auto& waiting = steps_->waiting[device];
    if (waiting >= kMaxSteps || steps_->total >= kMaxStepsInTotal)
        return done(Failure{Reason::limitReached, fmt::format("{} handshakes already wait for a signature", waiting),
                            "try again in a few seconds"});
    ++waiting;
    ++steps_->total;
    const auto counted = [steps = steps_, device, done = std::move(done)](Result<void> outcome) {
        --steps->waiting[device];
        --steps->total;
        done(std::move(outcome));
    };
    post<void>(tpm::Priority::sign, counted, [device, request = std::move(request)](Room& room) -> Result<void> {
        // Of a handshake that ended while it waited nothing is signed, and the TPM is not spoken to.
        Result<void> outcome{Failure{Reason::unavailable, "nobody waits for the signature any more", ""}};
        request.step([&](ByteView digest) -> Result<Bytes> {
            outcome = room.ready();
            if (!outcome)
                return outcome.failure();
            auto signature = request.key == ocf::SigningKey::identity
                                 ? signAsIdentity(*room.tpm, request.identityKey, digest)
                                 : room.manufacturer->sign(device, *room.tpm, digest);
            if (!signature)
                outcome = signature.failure();
            return signature;
        });
        return outcome;
    });
}

void Vault::makeCsr(ocf::CsrRequest request, Done<ocf::MadeCsr> done) {
    postReady<ocf::MadeCsr>(
        tpm::Priority::unseal, std::move(done), [request = std::move(request)](Room& room) -> Result<ocf::MadeCsr> {
            auto key =
                request.identityKey ? Result<svr::IdentityKey>{*request.identityKey} : makeIdentityKey(*room.tpm);
            if (!key)
                return key.failure();
            const auto point = tpm::publicPoint(key->blob.publicArea);
            if (!point)
                return point.failure();
            auto pem = certificateRequest("uuid:" + request.deviceuuid.text(), *point,
                                          [&](ByteView digest) { return signAsIdentity(*room.tpm, *key, digest); });
            if (!pem)
                return pem.failure();
            return ocf::MadeCsr{*std::move(key), *std::move(pem)};
        });
}

// The maker's key

void Vault::manufacturer(unsigned device, Done<ManufacturerKeys::Credentials> done) {
    postReady<ManufacturerKeys::Credentials>(tpm::Priority::commit, std::move(done), [device](Room& room) {
        return room.manufacturer->load(device, *room.tpm);
    });
}

void Vault::importManufacturer(unsigned device, std::string chainPem, SharedSecret keyPem,
                               Done<ManufacturerKeys::Credentials> done) {
    postReady<ManufacturerKeys::Credentials>(
        tpm::Priority::commit, std::move(done),
        [device, chainPem = std::move(chainPem), keyPem = std::move(keyPem)](Room& room) {
            return room.manufacturer->import(device, *room.tpm, chainPem, *keyPem, svr::SystemWallClock{}.now());
        });
}

void Vault::createManufacturerKey(unsigned device, std::string commonName, Done<std::string> done) {
    postReady<std::string>(tpm::Priority::commit, std::move(done),
                           [device, commonName = std::move(commonName)](Room& room) {
                               return room.manufacturer->create(device, *room.tpm, commonName);
                           });
}

void Vault::setManufacturerChain(unsigned device, std::string chainPem, Done<ManufacturerKeys::Credentials> done) {
    postReady<ManufacturerKeys::Credentials>(
        tpm::Priority::commit, std::move(done), [device, chainPem = std::move(chainPem)](Room& room) {
            return room.manufacturer->setChain(device, *room.tpm, chainPem, svr::SystemWallClock{}.now());
        });
}

} // namespace ocfsecd
