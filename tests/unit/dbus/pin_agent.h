#pragma once
// A program that shows PINs, on sd-bus itself: it writes down what it is told.

#include "systemd/loop.h"

#include <string>
#include <vector>

struct sd_bus;
struct sd_bus_message;

namespace ocfsecd::test {

class PinAgent {
public:
    PinAgent(systemd::Loop& loop, const std::string& address, std::string path = "/agent");
    ~PinAgent();
    PinAgent(const PinAgent&) = delete;
    PinAgent& operator=(const PinAgent&) = delete;

    /// RegisterPinAgent or another method with the agent's path; the outcome lands in `outcomes`.
    void call(const char* method);
    void leave(); ///< as a program that ends

    std::vector<std::string> told;     ///< "display PIN EXPIRY", "cancel REASON", "release"
    std::vector<std::string> outcomes; ///< "" or the name of an error
    bool refuses = false;              ///< Display fails

private:
    static int onCall(sd_bus_message* message, void* self, void* error);
    sd_bus* bus_ = nullptr;
    std::string path_;
};

} // namespace ocfsecd::test
