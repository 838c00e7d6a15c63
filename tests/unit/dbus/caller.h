#pragma once
// A program on the bus, of any user, that makes calls and does not wait for their answers; on sd-bus itself.

#include "systemd/loop.h"

#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <systemd/sd-bus.h>
#include <vector>

namespace ocfsecd::test {

class Caller {
public:
    /// Another user than our own needs root.
    Caller(systemd::Loop& loop, const std::string& address, uid_t user);
    ~Caller();
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

    /// Of device 0; `types` and what follows as sd_bus_call_method_async(3) says. The outcome lands in `outcomes`.
    template <class... Ts>
    void call(const std::string& interface, const char* method, const char* types = "", Ts... arguments) {
        if (sd_bus_call_method_async(bus_, nullptr, "org.ocfsecd1", "/org/ocfsecd1/device/0",
                                     ("org.ocfsecd1." + interface).c_str(), method, onAnswer, this, types,
                                     arguments...) < 0)
            throw std::runtime_error{"caller"};
    }
    void leave(); ///< as a program that ends

    std::vector<std::string> outcomes; ///< "" or the name of an error

private:
    static int onAnswer(sd_bus_message* reply, void* self, sd_bus_error*);
    sd_bus* bus_ = nullptr;
};

} // namespace ocfsecd::test
