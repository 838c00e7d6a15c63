#pragma once
// What the service manager is told. Without one (no NOTIFY_SOCKET) these do nothing.

#include <string_view>

namespace ocfsecd::systemd::notify {

void ready(std::string_view status);
void status(std::string_view text); ///< one line for `systemctl status`
void reloading();                   ///< followed by ready()
void stopping(std::string_view status);
void watchdog();

} // namespace ocfsecd::systemd::notify
