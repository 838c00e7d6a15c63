#pragma once
// The way from the loop to TPM and disk: every request becomes a job on the worker and its outcome comes back as an
// event.

#include "manufacturer_keys.h"
#include "ocf/effects.h"
#include "store/store.h"
#include "svr/state.h"
#include "tpm/worker.h"

#include <functional>
#include <map>
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
    void isFirstStart(unsigned device, Done<bool> done);
    /// Seals the keys that are not sealed yet, then makes the state durable. Gives back the state with its sealed
    /// objects; its clear keys are still there for the key cache.
    void commit(unsigned device, svr::DeviceState state, bool transition, Done<svr::DeviceState> done);
    void unseal(unsigned device, svr::SealedBlob blob, Done<SecretBytes> done);
    /// Also without a TPM, once the device was loaded or committed.
    void markResetting(unsigned device, Done<void> done);
    void finishReset(unsigned device, Done<void> done);
    /// The auditable events, beside the state.
    void commitEvents(unsigned device, Bytes list, Done<void> done);
    void loadEvents(unsigned device, Done<std::optional<Bytes>> done);
    /// The operator's reset, allowed from every named failure.
    void localReset(unsigned device, Done<void> done);

    /// Runs the part of a handshake that signs. A failure of the key ends the handshake by itself; where too many wait
    /// the step is dropped unrun. Either way `done` is told.
    void step(unsigned device, ocf::StepRequest request, Done<void> done);
    void makeCsr(ocf::CsrRequest request, Done<ocf::MadeCsr> done);

    // The maker's key of a device: manufacturer_keys.h.
    void manufacturer(unsigned device, Done<ManufacturerKeys::Credentials> done);
    void importManufacturer(unsigned device, std::string chainPem, SharedSecret keyPem,
                            Done<ManufacturerKeys::Credentials> done);
    /// Gives the certificate request in PEM.
    void createManufacturerKey(unsigned device, std::string commonName, Done<std::string> done);
    void setManufacturerChain(unsigned device, std::string chainPem, Done<ManufacturerKeys::Credentials> done);

    /// Signatures are made before a client is authenticated: so many may wait, of one device and in total.
    static constexpr std::size_t kMaxSteps = 8, kMaxStepsInTotal = 24;

private:
    struct Room;
    struct StepCount {
        std::map<unsigned, std::size_t> waiting; ///< by device
        std::size_t total = 0;
    };
    template <class T, class Act>
    void post(tpm::Priority priority, Done<T> done, Act act);
    template <class T, class Act>
    void postReady(tpm::Priority priority, Done<T> done, Act act); ///< with a TPM that can be used, or its failure

    tpm::Worker& worker_;
    std::shared_ptr<Room> room_; ///< only jobs touch what is inside
    std::shared_ptr<StepCount> steps_ = std::make_shared<StepCount>();
};

} // namespace ocfsecd
