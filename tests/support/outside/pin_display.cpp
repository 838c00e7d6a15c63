#include "outside/pin_display.h"

#include <stdexcept>

namespace ocfsecd::test::outside {

namespace {

constexpr auto kPath = "/org/ocfsecd1/test/PinDisplay", kInterface = "org.ocfsecd1.PinAgent";

} // namespace

PinDisplay::PinDisplay(const BusClient& bus) : bus_{bus} {
    sd_bus_slot* slot = nullptr;
    if (sd_bus_add_object(bus.get(), &slot, kPath, onCall, this) < 0)
        throw std::runtime_error{"no object on the bus"};
    slot_.reset(slot);
}

int PinDisplay::onCall(sd_bus_message* message, void* data, sd_bus_error*) {
    auto& self = *static_cast<PinDisplay*>(data);
    const char* text = nullptr;
    if (sd_bus_message_is_method_call(message, kInterface, "Display") > 0 &&
        sd_bus_message_read(message, "s", &text) > 0) {
        self.last_ = {text, ""};
        return sd_bus_reply_method_return(message, nullptr);
    }
    if (sd_bus_message_is_method_call(message, kInterface, "Cancel") > 0 &&
        sd_bus_message_read(message, "s", &text) > 0)
        self.last_ = {"", text};
    return 1;
}

void PinDisplay::show(bool somebody) {
    const auto done = bus_.call("Onboarding", somebody ? "RegisterPinAgent" : "UnregisterPinAgent", "o", kPath);
    if (!done)
        throw std::runtime_error{"the PIN display: " + done.failure().what};
    bus_.process();
}

} // namespace ocfsecd::test::outside
