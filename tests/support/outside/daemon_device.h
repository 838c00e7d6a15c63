#pragma once
// The real daemon in the place of the simulated device: packets of the simulated peers leave through real sockets with
// the peers' addresses, what it says of itself is asked on its bus, what it keeps is read on its disk.

#include "outside/bus_client.h"
#include "outside/daemon_process.h"
#include "outside/pin_display.h"
#include "support/network.h"
#include "support/sim_device.h"

#include <map>

namespace ocfsecd::test::outside {

class DaemonDevice final : public Host, private RealWorld {
public:
    /// Ends the test, skipped, where there can be no yard or the daemon has no configuration for the settings.
    DaemonDevice(Network& network, const ocf::DeviceSettings& settings);
    ~DaemonDevice() override;

    void start() { process_.start(); }
    void kill() { process_.kill(); }
    void stop() { process_.stop(); }

    static Address clear(Address::Family family) { return host(family).withPort(kClearPort); }
    static Address secure(Address::Family family) { return host(family).withPort(kSecurePort); }

    svr::OnboardingState dos() const;
    bool pending() const { return bus_.flag("Pending"); }
    Uuid deviceId() const;
    std::string name() const { return bus_.text("Name"); }
    std::size_t sessions() const { return bus_.number("Sessions"); }
    static svr::WallTime wallTime() { return svr::SystemWallClock{}.now(); }
    bool keepsState() const { return !storedState().empty(); }
    bool keepsEvents() const;
    Bytes stored() const;      ///< all files below the state directory
    Bytes storedState() const; ///< without the auditable events
    void editStore(const std::function<void(svr::DeviceState&)>& edit);
    std::string shown() const; ///< all that the bus shows of the device's state

    /// The maker's key, with the chain of the settings: as the maker does it.
    void install(const TestKey& makersKey);
    void showPins(bool somebody) { display_.show(somebody); }
    SeenPin lastPin() const;
    Result<std::string> askForPin() const;
    void takeTpmAway() { process_.tpm().kill(); }
    void bringTpmBack() { process_.tpm().start(); }
    void operatorReset();
    std::vector<Result<void>> operatorOutcomes;

    bool hears(const Address& to) const override;
    void receive(const Packet& packet) override;
    void tick() override {}
    std::optional<TimePoint> deadline() const override { return std::nullopt; }

private:
    static const Address& host(Address::Family family);
    void wait(TimePoint until) override;
    void settle() override;
    bool take(Duration patience);
    const systemd::Fd& socketFor(const Packet& packet);

    Network& network_;
    std::shared_ptr<Yard> yard_;
    DaemonProcess process_;
    BusClient bus_;
    PinDisplay display_{bus_};
    std::string makersChain_; ///< PEM
    struct PeerSocket {
        systemd::Fd fd;
        Address peer; ///< whose packets go through it
    };
    std::map<Address, PeerSocket> sockets_; ///< by the address they are bound to
};

} // namespace ocfsecd::test::outside
