#pragma once
// Polkit's stand-in: answers as its authority does, on sd-bus itself.

#include "systemd/loop.h"

#include <string>
#include <vector>

struct sd_bus;
struct sd_bus_message;

namespace ocfsecd::test {

class Authority {
public:
    Authority(systemd::Loop& loop, const std::string& address);
    ~Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    /// Answers what was asked while it was thinking.
    void answer();

    std::string granted;            ///< this action
    bool thinks = false;            ///< answers later
    std::vector<std::string> asked; ///< actions

private:
    int onCall(sd_bus_message* message);
    void decide(sd_bus_message* message);
    sd_bus* bus_ = nullptr;
    std::vector<sd_bus_message*> open_;
};

} // namespace ocfsecd::test
