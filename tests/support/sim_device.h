#pragma once
// One device on the simulated network: the real ocf::Device, with a vault of its own and a clock that is the network's.

#include "fake_vault.h"
#include "network.h"
#include "ocf/device.h"

#include <memory>

namespace ocfsecd::test {

inline constexpr unsigned kInterface = 2;
inline constexpr std::uint16_t kClearPort = 5683, kSecurePort = 5684;
inline const Address kDeviceHost4 = Address::v4({192, 0, 2, 10}, 0);
inline const Address kDeviceHost6 = *Address::parse("[fe80::10%2]:0");
inline const Address kGroup4 = Address::v4({224, 0, 1, 187}, kClearPort);
inline const Address kGroup6 = *Address::parse("[ff02::158%2]:5683");

/// Calendar time that goes on with the network's clock.
class SimWallClock final : public svr::WallClock {
public:
    explicit SimWallClock(const Network& network) : network_{network} {}
    svr::WallTime now() const override;
    std::chrono::seconds off{0}; ///< how wrong it is

private:
    const Network& network_;
};

/// A PIN, or why it is void, as whoever shows PINs was told last.
struct SeenPin {
    std::string characters;
    std::string why;
};

class SimDevice final : public Host {
public:
    explicit SimDevice(Network& network, ocf::DeviceSettings settings = {}, std::uint64_t seed = 7,
                       Address host4 = kDeviceHost4, Address host6 = kDeviceHost6);
    ~SimDevice() override;
    SimDevice(const SimDevice&) = delete;
    SimDevice& operator=(const SimDevice&) = delete;

    /// What start-up does with what is on disk.
    void start();
    /// The process is gone, without a word to anybody.
    void kill();
    void restart() {
        kill();
        start();
    }
    /// It says goodbye, and is gone.
    void stop();

    Address clear(Address::Family family = Address::Family::v4) const { return host(family).withPort(kClearPort); }
    Address secure(Address::Family family = Address::Family::v4) const { return host(family).withPort(kSecurePort); }

    /// Carries out one waiting command of the vault, or all; false when none waits.
    bool releaseOne();
    bool releaseLast(); ///< the one that came last, before all others
    void release();
    std::size_t held() const { return held_.size(); }

    /// Effects are carried out after each of these.
    void act(const std::function<void(ocf::Device&, TimePoint)>& what);
    /// A reset or soft reset by the operator; the outcome lands in `operatorOutcomes`.
    void operatorReset();
    void operatorSoftReset();

    // What a device tells from outside, too: by its answers, on the bus, on the disk.
    bool pending() const { return device_->pending(); }
    Uuid deviceId() const { return state().doxm.deviceuuid; }
    std::string name() const { return state().name; }
    std::size_t sessions() const { return device_->sessions(); }
    svr::WallTime wallTime() const { return device_->wallTime(); }
    bool keepsState() const { return vault_.snapshot().has_value(); } ///< something is on the disk
    bool keepsEvents() const { return vault_.auditLog().has_value(); }
    Bytes stored() const; ///< all octets on the disk
    void editStore(const std::function<void(svr::DeviceState&)>& edit);

    /// The key of the maker's certificate, which is among the settings.
    void install(const TestKey& makersKey) { vault_.manufacturerKey = makersKey; }
    /// Somebody can show a PIN from now on, or nobody any more.
    void showPins(bool somebody);
    SeenPin lastPin() const;
    Result<std::string> askForPin() const; ///< as an administrator does
    /// The TPM answers nothing until it is there again.
    void takeTpmAway() { vault_.failing = Failure{Reason::tpmUnavailable, "the TPM is gone", "plug it in"}; }
    void bringTpmBack() { vault_.failing.reset(); }

    bool windowAtStart = true; ///< whether an unowned start opens the window for Just Works
    bool running() const { return device_ != nullptr; }
    ocf::Device& device() { return *device_; }
    const svr::DeviceState& state() const { return device_->state(); }
    svr::OnboardingState dos() const { return state().pstat.state; }
    FakeVault& vault() { return vault_; }
    SimWallClock& wallClock() { return *wallClock_; }

    std::size_t count(ocf::Event::Kind kind) const;
    std::vector<ocf::Event> events;
    std::vector<ocf::PinNotice> pins; ///< as somebody who shows them sees them
    std::vector<Result<void>> operatorOutcomes;

    bool hears(const Address& to) const override;
    void receive(const Packet& packet) override;
    void tick() override;
    std::optional<TimePoint> deadline() const override;

private:
    const Address& host(Address::Family family) const { return family == Address::Family::v6 ? host6_ : host4_; }
    void pump();
    void carryOut(std::function<void()> command);

    Network& network_;
    ocf::DeviceSettings settings_;
    TestRandom random_;
    Address host4_, host6_;
    FakeVault vault_;
    std::shared_ptr<SimWallClock> wallClock_ = std::make_shared<SimWallClock>(network_);
    std::unique_ptr<ocf::Device> device_;
    std::deque<std::function<void()>> held_;
};

} // namespace ocfsecd::test
