#include "pin_agent.h"

#include <cstring>
#include <stdexcept>
#include <systemd/sd-bus.h>

namespace ocfsecd::test {

namespace {

void check(int result) {
    if (result < 0)
        throw std::runtime_error{std::string{"PIN agent: "} + std::strerror(-result)};
}

} // namespace

PinAgent::PinAgent(systemd::Loop& loop, const std::string& address, std::string path) : path_{std::move(path)} {
    check(sd_bus_new(&bus_));
    check(sd_bus_set_address(bus_, address.c_str()));
    check(sd_bus_set_bus_client(bus_, 1));
    check(sd_bus_start(bus_));
    check(sd_bus_add_object(
        bus_, nullptr, path_.c_str(),
        [](sd_bus_message* message, void* self, sd_bus_error* error) { return onCall(message, self, error); }, this));
    check(sd_bus_attach_event(bus_, loop.get(), 0));
}

PinAgent::~PinAgent() {
    leave();
}

void PinAgent::leave() {
    if (bus_ != nullptr)
        sd_bus_flush_close_unref(bus_);
    bus_ = nullptr;
}

int PinAgent::onCall(sd_bus_message* message, void* data, void* error) {
    auto& self = *static_cast<PinAgent*>(data);
    if (sd_bus_message_is_method_call(message, "org.ocfsecd1.PinAgent", nullptr) == 0)
        return 0;
    const std::string member = sd_bus_message_get_member(message);
    if (member == "Display") {
        const char* pin = nullptr;
        std::uint32_t expiry = 0;
        check(sd_bus_message_read(message, "su", &pin, &expiry));
        self.told.push_back(std::string{"display "} + pin + " " + std::to_string(expiry));
        if (self.refuses)
            return sd_bus_error_set(static_cast<sd_bus_error*>(error), "org.example.NoLight",
                                    (std::string{"no light for "} + pin).c_str());
        return sd_bus_reply_method_return(message, nullptr);
    }
    if (member == "Cancel") {
        const char* reason = nullptr;
        check(sd_bus_message_read(message, "s", &reason));
        self.told.push_back(std::string{"cancel "} + reason);
    } else {
        self.told.push_back("release");
    }
    return 1;
}

void PinAgent::call(const char* method) {
    check(sd_bus_call_method_async(
        bus_, nullptr, "org.ocfsecd1", "/org/ocfsecd1/device/0", "org.ocfsecd1.Onboarding", method,
        [](sd_bus_message* reply, void* self, sd_bus_error*) {
            const auto* error = sd_bus_message_get_error(reply);
            static_cast<PinAgent*>(self)->outcomes.emplace_back(error != nullptr ? error->name : "");
            return 0;
        },
        this, "o", path_.c_str()));
}

} // namespace ocfsecd::test
