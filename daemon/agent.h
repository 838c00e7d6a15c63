#pragma once
// The agent: devices, their sockets, TPM and disk on one event loop. It knows no bus; whoever shows the devices asks
// for views.

#include "config.h"
#include "event_log.h"
#include "net/interface_watcher.h"
#include "ocf/device.h"
#include "sockets.h"
#include "svr/certificate.h"
#include "systemd/loop.h"
#include "vault.h"

#include <memory>
#include <set>

namespace ocfsecd {

/// The maker's, as it was installed.
struct InstalledCertificate {
    svr::Certificate leaf;
    std::string chain; ///< PEM, the leaf first
};

class Agent {
public:
    /// Somebody wants to know when what is shown of a device, or of the TPM, may have changed.
    struct Observers {
        std::function<void(unsigned device)> deviceChanged;
        std::function<void()> tpmChanged;
        std::function<void()> started; ///< once: every device is served or has a named failure
        /// A person is to see a PIN, or the former one is void.
        std::function<void(unsigned device, const ocf::PinNotice& notice)> pin;
        std::function<void(unsigned device, const svr::AuditEntry& entry)> recorded;
    };

    Agent(systemd::Loop& loop, Config config, Random& random, Observers observers);
    ~Agent();

    /// Binds the sockets and begins to open the TPM. Reason::inputOutput, configuration: no start.
    Result<void> start();
    /// close_notify to every session.
    void stop();

    std::size_t devices() const { return devices_.size(); }
    const ocf::Device& device(unsigned index) const { return *devices_.at(index)->device; }
    const std::optional<Failure>& tpmFailure() const { return tpmFailure_; }
    const std::optional<VaultStatus>& tpm() const { return tpm_; }
    const Config& config() const { return config_; }
    /// The worker moves: it is idle, or its job has not run for longer than any TPM needs.
    bool workerMoves() const;

    // The operator's acts.
    void reset(unsigned index, ocf::Device::Done done);
    void softReset(unsigned index, ocf::Device::Done done);

    Result<void> openWindow(unsigned index, Duration time); ///< 0: as configured
    void setPinDisplay(unsigned index, bool somebody);

    /// Nothing when there is none.
    const std::optional<InstalledCertificate>& manufacturer(unsigned index) const {
        return devices_.at(index)->manufacturer;
    }
    // The maker's (manufacturer_keys.h). PEM throughout.
    void importManufacturer(unsigned index, std::string chainPem, SharedSecret keyPem, ocf::Device::Done done);
    void createManufacturerKey(unsigned index, std::function<void(Result<std::string>)> done);
    void setManufacturerChain(unsigned index, std::string chainPem, ocf::Device::Done done);

private:
    struct Hosted {
        std::unique_ptr<ocf::Device> device;
        std::unique_ptr<DeviceSockets> sockets;
        systemd::TimerSource timer;
        std::optional<InstalledCertificate> manufacturer;
        bool loading = false; ///< what is durable is on its way from the disk
        bool loaded = false;
        bool eventsKept = true; ///< the last time they were to reach the disk
    };

    Result<void> openSockets(unsigned index);
    Result<void> openGroupSockets();
    void onClear(unsigned index, const net::Received& received);
    void onSecure(unsigned index, const net::Received& received);
    bool served(const net::Received& received) const;
    void onGroup(const net::Received& received);
    void updateInterfaces();
    void openTpm();
    void tpmOutcome(const Result<void>& outcome);
    void load(unsigned index);
    void loaded(unsigned index, Result<store::Loaded> outcome);
    void startUnowned(unsigned index);
    void startOwned(unsigned index, svr::DeviceState state);
    void keepEvents(unsigned index, Bytes list);
    void fail(unsigned index, const Failure& failure);
    void announceStart();
    void pump(unsigned index);
    void carryOut(unsigned index, ocf::Effects effects);
    void adoptManufacturer(unsigned index, ManufacturerKeys::Credentials credentials);
    std::function<void(Result<ManufacturerKeys::Credentials>)> installed(unsigned index, ocf::Device::Done done);

    systemd::Loop& loop_;
    Config config_;
    Random& random_;
    Observers observers_;
    tpm::Worker worker_;
    Vault vault_;
    EventLog log_;
    net::Selection selection_;
    std::set<unsigned> served_; ///< interface indices
    std::vector<std::unique_ptr<Hosted>> devices_;
    struct GroupSocket {
        net::UdpSocket socket;
        systemd::IoSource source;
        std::optional<net::Membership> membership;
    };
    std::vector<std::unique_ptr<GroupSocket>> groups_;
    systemd::IoSource workerSource_;
    systemd::TimerSource retryTimer_;
    systemd::TimerSource logTimer_;
    std::optional<net::InterfaceWatcher> watcher_;
    std::optional<Failure> tpmFailure_;
    std::optional<VaultStatus> tpm_;
    bool announced_ = false;
};

} // namespace ocfsecd
