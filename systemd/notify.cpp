#include "systemd/notify.h"

#include <chrono>
#include <fmt/format.h>
#include <string>
#include <systemd/sd-daemon.h>

namespace ocfsecd::systemd::notify {

namespace {

/// The protocol separates assignments by newlines: a newline in the text would start a new one.
std::string oneLine(std::string_view text) {
    std::string line{text};
    for (char& c : line)
        if (static_cast<unsigned char>(c) < 0x20)
            c = ' ';
    return line;
}

void send(const std::string& message) {
    sd_notify(0, message.c_str()); // nothing to do about a manager that does not listen
}

} // namespace

void ready(std::string_view status) {
    send(fmt::format("READY=1\nSTATUS={}", oneLine(status)));
}

void status(std::string_view text) {
    send(fmt::format("STATUS={}", oneLine(text)));
}

void reloading() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch(); // required by Type=notify-reload
    send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                     std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

void stopping(std::string_view status) {
    send(fmt::format("STOPPING=1\nSTATUS={}", oneLine(status)));
}

void watchdog() {
    send("WATCHDOG=1");
}

} // namespace ocfsecd::systemd::notify
