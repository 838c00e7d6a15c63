#pragma once
// The real ocf::Device on real sockets of the loopback, in a thread of its own, for programs and blocking clients.

#include "sim_device.h"

#include <atomic>
#include <mutex>
#include <thread>

namespace ocfsecd::test {

class LoopbackDevice {
public:
    explicit LoopbackDevice(ocf::DeviceSettings settings = {}, std::uint64_t seed = 7);
    ~LoopbackDevice();
    LoopbackDevice(const LoopbackDevice&) = delete;
    LoopbackDevice& operator=(const LoopbackDevice&) = delete;

    /// An address of its own, so that tests run side by side.
    Address clear() const { return host_.withPort(kClearPort); }
    Address secure() const { return host_.withPort(kSecurePort); }

    /// Looks at the device, or does something with it, while its thread waits.
    template <class What>
    auto with(What what) {
        const std::lock_guard lock{mutex_};
        return what(device_);
    }
    /// Polls `done` until it is true; false when that takes longer than any test should.
    bool until(const std::function<bool(SimDevice&)>& done);

private:
    class Outside;
    void run();

    Address host_;
    std::mutex mutex_;
    Network network_;
    SimDevice device_;
    std::unique_ptr<Outside> outside_;
    std::atomic<bool> ending_ = false;
    std::thread thread_;
};

} // namespace ocfsecd::test
