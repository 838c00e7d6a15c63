#pragma once
// How the parts of ocfctl that talk to the daemon do it. Includes sdbus-c++: not for the commands.

#include "dbus/compat.h"
#include "tools/ocfctl/daemon_proxy.h"

#include <tuple>

namespace ocfsecd::ctl {

inline constexpr const char* kService = "org.ocfsecd1";
inline constexpr const char* kOnboarding = "org.ocfsecd1.Onboarding";

/// The daemon's loop never waits, so a slow answer means that it hangs.
inline constexpr auto kReadTimeout = std::chrono::seconds{5};
/// A reset waits for TPM commands, which take seconds on slow chips, and for those queued before.
inline constexpr auto kActTimeout = std::chrono::seconds{120};

struct DaemonProxy::State {
    std::unique_ptr<sdbus::IConnection> connection;
};

std::string devicePath(unsigned device);
std::unique_ptr<sdbus::IProxy> proxyFor(sdbus::IConnection& connection, const std::string& service,
                                        const std::string& path);
/// What went wrong, and what to do, behind a D-Bus error.
Failure failureOf(const sdbus::Error& error);
Failure notRunning(std::string_view detail);

/// Calls a method of a device and stores what it answers. One expression: the call refers to its temporaries.
template <class... Rs, class... Ts>
Result<void> ask(sdbus::IConnection& connection, unsigned device, const char* interface, const char* method,
                 std::tuple<Rs&...> results, const Ts&... arguments) {
    try {
        const auto proxy = proxyFor(connection, kService, devicePath(device));
        std::apply(
            [&](Rs&... into) {
                proxy->callMethod(method)
                    .onInterface(interface)
                    .withTimeout(kActTimeout)
                    .withArguments(arguments...)
                    .storeResultsTo(into...);
            },
            results);
    } catch (const sdbus::Error& error) {
        return failureOf(error);
    }
    return {};
}

template <class... Ts>
Result<void> DaemonProxy::call(unsigned device, const char* interface, const char* method, const Ts&... arguments) {
    return ask(*state_->connection, device, interface, method, std::tuple<>{}, arguments...);
}

} // namespace ocfsecd::ctl
