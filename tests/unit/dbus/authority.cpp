#include "authority.h"

#include <stdexcept>
#include <systemd/sd-bus.h>
#include <utility>

namespace ocfsecd::test {

namespace {

void check(int result) {
    if (result < 0)
        throw std::runtime_error{"polkit's stand-in"};
}

} // namespace

Authority::Authority(systemd::Loop& loop, const std::string& address) {
    check(sd_bus_new(&bus_));
    check(sd_bus_set_address(bus_, address.c_str()));
    check(sd_bus_set_bus_client(bus_, 1));
    check(sd_bus_start(bus_));
    check(sd_bus_add_object(
        bus_, nullptr, "/org/freedesktop/PolicyKit1/Authority",
        [](sd_bus_message* message, void* self, sd_bus_error*) {
            return static_cast<Authority*>(self)->onCall(message);
        },
        this));
    check(sd_bus_request_name(bus_, "org.freedesktop.PolicyKit1", 0));
    check(sd_bus_attach_event(bus_, loop.get(), 0));
}

Authority::~Authority() {
    for (auto* message : open_)
        sd_bus_message_unref(message);
    sd_bus_flush_close_unref(bus_);
}

int Authority::onCall(sd_bus_message* message) {
    if (sd_bus_message_is_method_call(message, "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization") == 0)
        return 0;
    const char* action = nullptr;
    std::uint32_t flags = 1;
    check(sd_bus_message_skip(message, "(sa{sv})"));
    check(sd_bus_message_read(message, "s", &action));
    check(sd_bus_message_skip(message, "a{ss}"));
    check(sd_bus_message_read(message, "u", &flags));
    asked.push_back(std::string{action} + (flags == 0 ? "" : " with a prompt"));
    open_.push_back(sd_bus_message_ref(message));
    if (!thinks)
        answer();
    return 1;
}

void Authority::answer() {
    for (auto* message : std::exchange(open_, {})) {
        decide(message);
        sd_bus_message_unref(message);
    }
}

void Authority::decide(sd_bus_message* message) {
    const char* action = nullptr;
    check(sd_bus_message_rewind(message, 1));
    check(sd_bus_message_skip(message, "(sa{sv})"));
    check(sd_bus_message_read(message, "s", &action));
    check(sd_bus_reply_method_return(message, "(bba{ss})", granted == action, 0, 0));
}

} // namespace ocfsecd::test
