#pragma once
// What the daemon's bus is asked, one call after the other.

#include "base/result.h"

#include <memory>
#include <string>
#include <systemd/sd-bus.h>

namespace ocfsecd::test::outside {

class BusClient {
public:
    using Message = std::unique_ptr<sd_bus_message, decltype(&sd_bus_message_unref)>;

    explicit BusClient(const std::string& address); ///< std::runtime_error when it cannot be reached

    // Properties of org.ocfsecd1.Device. std::runtime_error when they cannot be had.
    std::string text(const char* property) const;
    bool flag(const char* property) const;
    std::uint32_t number(const char* property) const;
    /// A method of the device's interface org.ocfsecd1.…; `types` and what follows as sd_bus_call_method(3) says. A
    /// refusal is a Failure with a reason that has this D-Bus error, and its text.
    template <class... Ts>
    Result<Message> call(const std::string& interface, const char* method, const char* types = "",
                         Ts... arguments) const {
        sd_bus_message* reply = nullptr;
        Error error;
        const int done = sd_bus_call_method(bus_.get(), kName, kPath, ("org.ocfsecd1." + interface).c_str(), method,
                                            &error.error, &reply, types, arguments...);
        if (done < 0)
            return error.failure();
        return Message{reply, sd_bus_message_unref};
    }
    /// Until the daemon has its name on the bus. std::runtime_error when that takes too long.
    void waitForDaemon() const;
    /// Until the daemon has answered.
    void ping() const;
    /// Takes what has come meanwhile from others.
    void process() const;
    sd_bus* get() const { return bus_.get(); }

private:
    static constexpr auto kName = "org.ocfsecd1", kPath = "/org/ocfsecd1/device/0";
    struct Error {
        sd_bus_error error{};
        ~Error() { sd_bus_error_free(&error); }
        Failure failure() const;
        void require(int result, const char* what) const;
    };
    std::unique_ptr<sd_bus, decltype(&sd_bus_flush_close_unref)> bus_{nullptr, sd_bus_flush_close_unref};
};

} // namespace ocfsecd::test::outside
