#pragma once
// What the daemon's bus is asked, one call after the other.

#include "base/result.h"

#include <memory>
#include <string>
#include <systemd/sd-bus.h>

namespace ocfsecd::test::outside {

class BusClient {
public:
    explicit BusClient(const std::string& address); ///< std::runtime_error when it cannot be reached

    // Properties of org.ocfsecd1.Device. std::runtime_error when they cannot be had.
    std::string text(const char* property) const;
    bool flag(const char* property) const;
    std::uint32_t number(const char* property) const;
    /// A method without arguments of the device; a refusal is a Failure whose `what` is the error's name.
    Result<void> call(const char* method) const;
    /// Until the daemon has answered.
    void ping() const;

private:
    std::unique_ptr<sd_bus, decltype(&sd_bus_flush_close_unref)> bus_{nullptr, sd_bus_flush_close_unref};
};

} // namespace ocfsecd::test::outside
