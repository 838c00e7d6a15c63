#pragma once
// Whoever reads PINs where the daemon shows them: an object of interface org.ocfsecd1.PinAgent.

#include "outside/bus_client.h"
#include "support/sim_device.h"

namespace ocfsecd::test::outside {

class PinDisplay {
public:
    /// On the same connection as all that is asked: what the daemon has shown before it answers is here with the
    /// answer.
    explicit PinDisplay(const BusClient& bus);

    /// Offers itself to the daemon, or is gone; std::runtime_error when it is refused.
    void show(bool somebody);
    /// What it was told last.
    const SeenPin& last() const { return last_; }

private:
    static int onCall(sd_bus_message* message, void* self, sd_bus_error*);

    const BusClient& bus_;
    std::unique_ptr<sd_bus_slot, decltype(&sd_bus_slot_unref)> slot_{nullptr, sd_bus_slot_unref};
    SeenPin last_;
};

} // namespace ocfsecd::test::outside
