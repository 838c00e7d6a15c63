#include "bus_watcher.h"

#include <cstring>
#include <stdexcept>
#include <systemd/sd-bus.h>

namespace ocfsecd::test {

namespace {

void check(int result) {
    if (result < 0)
        throw std::runtime_error{std::string{"bus watcher: "} + std::strerror(-result)};
}

std::string readText(sd_bus_message* message, char type) {
    const char* text = nullptr;
    check(sd_bus_message_read_basic(message, type, &text));
    return text;
}

bool ours(const std::string& interface) {
    return interface.starts_with("org.ocfsecd1.");
}

} // namespace

BusWatcher::BusWatcher(systemd::Loop& loop, const std::string& address) {
    check(sd_bus_new(&bus_));
    check(sd_bus_set_address(bus_, address.c_str()));
    check(sd_bus_set_bus_client(bus_, 1));
    check(sd_bus_start(bus_));
    check(sd_bus_add_match(
        bus_, nullptr, "type='signal',sender='org.ocfsecd1'",
        [](sd_bus_message* message, void* self, sd_bus_error*) {
            static_cast<BusWatcher*>(self)->take(message);
            return 0;
        },
        this));
    check(sd_bus_attach_event(bus_, loop.get(), 0));
}

BusWatcher::~BusWatcher() {
    sd_bus_close(bus_);
    sd_bus_unref(bus_);
}

void BusWatcher::take(sd_bus_message* message) {
    const std::string member = sd_bus_message_get_member(message);
    std::string line;
    if (member == "PropertiesChanged") {
        line = std::string{"changed "} + sd_bus_message_get_path(message);
        if (!ours(readText(message, 's')))
            return;
        check(sd_bus_message_enter_container(message, 'a', "{sv}"));
        while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
            line += " " + readText(message, 's');
            check(sd_bus_message_skip(message, "v"));
            check(sd_bus_message_exit_container(message));
        }
        check(sd_bus_message_exit_container(message));
        check(sd_bus_message_enter_container(message, 'a', "s"));
        while (sd_bus_message_at_end(message, 0) == 0)
            line += " " + readText(message, 's') + "!";
    } else if (member == "InterfacesAdded") {
        line = "added " + readText(message, 'o');
        check(sd_bus_message_enter_container(message, 'a', "{sa{sv}}"));
        while (sd_bus_message_enter_container(message, 'e', "sa{sv}") > 0) {
            if (const auto interface = readText(message, 's'); ours(interface))
                line += " " + interface;
            check(sd_bus_message_skip(message, "a{sv}"));
            check(sd_bus_message_exit_container(message));
        }
    } else if (member == "InterfacesRemoved") {
        line = "removed " + readText(message, 'o');
        check(sd_bus_message_enter_container(message, 'a', "s"));
        while (sd_bus_message_at_end(message, 0) == 0)
            if (const auto interface = readText(message, 's'); ours(interface))
                line += " " + interface;
    }
    signals.push_back(line.empty() ? member : line);
}

} // namespace ocfsecd::test
