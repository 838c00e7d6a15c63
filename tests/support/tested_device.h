#pragma once
// The device of a conformance test, in one of two places: in this process (SimDevice), or as the real daemon with its
// own TPM, bus, disk and network (outside::DaemonDevice). What both can be asked stands here.

#include "sim_device.h"

#include <memory>

namespace ocfsecd::test {

namespace outside {
class DaemonDevice;
}

/// What must be the same when nothing has changed: inside the state itself; from outside what the bus shows and what is
/// on the disk.
struct Everything {
    std::optional<svr::DeviceState> state;
    std::string shown;
    Bytes stored;
    bool operator==(const Everything&) const = default;
};

class TestedDevice {
public:
    explicit TestedDevice(Network& network, ocf::DeviceSettings settings = {});
    ~TestedDevice();

    /// The tests run against the daemon: the environment names its program.
    static bool fromOutside();

    void start();
    void kill();
    void stop();
    void restart() {
        kill();
        start();
    }
    Address clear(Address::Family family = Address::Family::v4) const;
    Address secure(Address::Family family = Address::Family::v4) const;

    svr::OnboardingState dos() const;
    bool pending() const;
    Uuid deviceId() const;
    std::string name() const;
    std::size_t sessions() const;
    svr::WallTime wallTime() const;
    bool keepsState() const;
    bool keepsEvents() const;
    Bytes stored() const;
    Everything everything() const;

    /// While it does not run: what it has stored is something else then. Sealed as it is, only somebody who may use its
    /// TPM can do so.
    void editStore(const std::function<void(svr::DeviceState&)>& edit);

    /// The key of the maker's certificate, which is among the settings.
    void install(const TestKey& makersKey);
    /// Somebody can show a PIN from now on, or nobody any more.
    void showPins(bool somebody);
    SeenPin lastPin() const;
    Result<std::string> askForPin() const; ///< as an administrator does
    /// The TPM answers nothing until it is there again.
    void takeTpmAway();
    void bringTpmBack();
    void operatorReset();
    const std::vector<Result<void>>& operatorOutcomes() const;

    /// The test goes on only where the device is in this process; `why` is the reason shown elsewhere.
    SimDevice& inside(const std::string& why) const;
    /// For a closer look beside what a test proves from outside; null there.
    SimDevice* insideIfThere() { return sim_.get(); }

private:
    std::unique_ptr<SimDevice> sim_;
    std::unique_ptr<outside::DaemonDevice> daemon_;
};

} // namespace ocfsecd::test
