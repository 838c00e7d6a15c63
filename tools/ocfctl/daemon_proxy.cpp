#include "tools/ocfctl/daemon_proxy.h"

#include "tools/ocfctl/bus.h"
#include "tools/ocfctl/dictionary.h"

#include <charconv>
#include <fmt/format.h>
#include <unistd.h>

namespace ocfsecd::ctl {

namespace {

namespace compat = dbus::compat;

constexpr const char* kManagerPath = "/org/ocfsecd1";
constexpr const char* kManager = "org.ocfsecd1.Manager";
constexpr const char* kDevice = "org.ocfsecd1.Device";
constexpr const char* kManufacturer = "org.ocfsecd1.Manufacturer";
constexpr std::string_view kDevicePaths = "/org/ocfsecd1/device/";
constexpr std::string_view kErrors = "org.ocfsecd1.Error.";

using ManagedObjects = std::map<sdbus::ObjectPath, std::map<std::string, Properties>>;

/// The reason behind one of our D-Bus errors; several share an error, the first one stands for all.
Reason reasonOf(std::string_view error) {
    for (int at = 0; at <= static_cast<int>(Reason::usage); ++at)
        if (faceOf(static_cast<Reason>(at)).dbusError == error)
            return static_cast<Reason>(at);
    return Reason::internal;
}

dbus::ManagerView managerOf(const Properties& properties) {
    dbus::ManagerView view;
    view.version = read<std::string>(properties, "Version");
    view.features = read<std::vector<std::string>>(properties, "Features");
    view.tpmState = read<std::string>(properties, "TpmState");
    view.tpmFailureText = read<std::string>(properties, "TpmFailure");
    view.tpmRemedy = read<std::string>(properties, "TpmRemedy");
    view.tpmManufacturer = read<std::string>(properties, "TpmManufacturer");
    view.tpmPolicy = read<std::string>(properties, "TpmPolicy");
    view.sealedObjects = read<std::uint32_t>(properties, "SealedObjects");
    return view;
}

dbus::DeviceView deviceOf(const Properties& properties) {
    dbus::DeviceView view;
    view.deviceId = Uuid::parse(read<std::string>(properties, "DeviceId")).value_or(Uuid{});
    view.name = read<std::string>(properties, "Name");
    view.onboardingState = read<std::string>(properties, "OnboardingState");
    view.phase = read<std::string>(properties, "Phase");
    view.pending = read<bool>(properties, "Pending");
    view.owned = read<bool>(properties, "Owned");
    view.ownerId = Uuid::parse(read<std::string>(properties, "OwnerId"));
    if (const auto credential = read<Properties>(properties, "OwnerCredential"); !credential.empty())
        view.ownerCredential =
            dbus::OwnerCredentialView{read<std::uint32_t>(credential, "credid"),
                                      read<std::string>(credential, "origin"), read<bool>(credential, "sealed")};
    view.operational = read<bool>(properties, "Operational");
    view.supportedMethods = read<std::vector<std::string>>(properties, "SupportedMethods");
    view.selectedMethod = read<std::string>(properties, "SelectedMethod");
    view.endpoints = read<std::vector<std::string>>(properties, "Endpoints");
    view.sessions = read<std::uint32_t>(properties, "Sessions");
    return view;
}

std::optional<unsigned> indexOf(std::string_view path) {
    if (!path.starts_with(kDevicePaths))
        return {};
    path.remove_prefix(kDevicePaths.size());
    unsigned index = 0;
    const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), index);
    return error == std::errc{} && end == path.data() + path.size() ? std::optional{index} : std::nullopt;
}

} // namespace

Failure notRunning(std::string_view detail) {
    return {Reason::unavailable, fmt::format("ocfsecd is not reachable: {}", detail),
            "start it with \"systemctl start ocfsecd\"; if that fails, \"journalctl -xeu ocfsecd\" says why"};
}

Failure failureOf(const sdbus::Error& error) {
    const std::string name{error.getName()};
    const auto& text = error.getMessage();
    if (name == "org.freedesktop.DBus.Error.AccessDenied" || name == "org.ocfsecd1.Error.AccessDenied")
        return {Reason::notAuthorised, "the bus or the daemon refused: only root may do this",
                "run it as root, for example with sudo"};
    if (name == "org.ocfsecd1.Error.Unavailable")
        return {Reason::unavailable, text, "try again in a moment"};
    if (name == "org.ocfsecd1.Error.Failed") // the daemon's disk or other trouble, no fault of this program
        return {Reason::inputOutput, text, "\"journalctl -u ocfsecd\" has the details"};
    if (name == "org.freedesktop.DBus.Error.UnknownObject")
        return {Reason::notFound, "the device is gone", "\"ocfctl status\" lists them"};
    for (const auto* other : {"UnknownMethod", "UnknownInterface"})
        if (name == fmt::format("org.freedesktop.DBus.Error.{}", other))
            return {Reason::methodNotAllowed, "the ocfsecd that runs does not know this: it is another version",
                    "restart it after an upgrade: \"systemctl restart ocfsecd\""};
    if (name.starts_with(kErrors))
        return {reasonOf(name), text, ""};
    for (const auto* gone : {"ServiceUnknown", "NameHasNoOwner", "Disconnected", "NoServer", "FileNotFound"})
        if (name == fmt::format("org.freedesktop.DBus.Error.{}", gone))
            return notRunning(text);
    for (const auto* late : {"NoReply", "Timeout", "TimedOut"})
        if (name == fmt::format("org.freedesktop.DBus.Error.{}", late))
            return {Reason::timedOut, "ocfsecd is on the bus but does not answer",
                    "see \"systemctl status ocfsecd\" and \"journalctl -xeu ocfsecd\""};
    return {Reason::internal, fmt::format("{}: {}", name, text), ""};
}

std::unique_ptr<sdbus::IProxy> proxyFor(sdbus::IConnection& connection, const std::string& service,
                                        const std::string& path) {
    auto proxy = sdbus::createProxy(connection, compat::ServiceName{service}, compat::ObjectPath{path});
    compat::makeReady(*proxy);
    return proxy;
}

std::string devicePath(unsigned device) {
    return fmt::format("{}{}", kDevicePaths, device);
}

DaemonProxy::DaemonProxy(std::unique_ptr<State> state) : state_{std::move(state)} {}
DaemonProxy::DaemonProxy(DaemonProxy&&) noexcept = default;
DaemonProxy::~DaemonProxy() = default;

Result<DaemonProxy> DaemonProxy::connect(const std::string& bus) {
    auto state = std::make_unique<State>();
    try {
        state->connection =
            bus == "system" ? sdbus::createSystemBusConnection() : sdbus::createSessionBusConnectionWithAddress(bus);
    } catch (const sdbus::Error& error) {
        return Failure{Reason::unavailable, fmt::format("no message bus at \"{}\": {}", bus, error.getMessage()),
                       bus == "system" ? "see \"systemctl status dbus\"" : "check --bus"};
    }
    try {
        // Asked first: a call to a name without owner would start the daemon.
        bool running = false;
        proxyFor(*state->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus")
            ->callMethod("NameHasOwner")
            .onInterface("org.freedesktop.DBus")
            .withTimeout(kReadTimeout)
            .withArguments(std::string{kService})
            .storeResultsTo(running);
        if (!running)
            return notRunning("nobody owns the name org.ocfsecd1 on the bus");
    } catch (const sdbus::Error& error) {
        return failureOf(error);
    }
    return DaemonProxy{std::move(state)};
}

Result<Snapshot> DaemonProxy::snapshot() {
    Snapshot out;
    try {
        const auto manager = proxyFor(*state_->connection, kService, kManagerPath);
        Properties properties;
        manager->callMethod("GetAll")
            .onInterface("org.freedesktop.DBus.Properties")
            .withTimeout(kReadTimeout)
            .withArguments(std::string{kManager})
            .storeResultsTo(properties);
        out.manager = managerOf(properties);
        ManagedObjects objects;
        manager->callMethod("GetManagedObjects")
            .onInterface("org.freedesktop.DBus.ObjectManager")
            .withTimeout(kReadTimeout)
            .storeResultsTo(objects);
        for (const auto& [path, interfaces] : objects) {
            const auto index = indexOf(path);
            const auto device = interfaces.find(kDevice);
            if (!index || device == interfaces.end())
                continue;
            auto view = deviceOf(device->second);
            if (const auto maker = interfaces.find(kManufacturer); maker != interfaces.end())
                view.manufacturerCertificate = certificateOf(read<Properties>(maker->second, "Certificate"));
            out.devices.emplace(*index, std::move(view));
        }
    } catch (const sdbus::Error& error) {
        return failureOf(error);
    }
    return out;
}

Result<void> DaemonProxy::reset(unsigned device) {
    return call(device, kDevice, "Reset");
}

Result<void> DaemonProxy::softReset(unsigned device) {
    return call(device, kDevice, "SoftReset");
}

Result<void> DaemonProxy::openWindow(unsigned device, std::uint32_t seconds) {
    return call(device, kOnboarding, "OpenWindow", seconds);
}

Result<Pin> DaemonProxy::pin(unsigned device) {
    Pin out;
    const auto got = ask(*state_->connection, device, kOnboarding, "GetPin", std::tie(out.characters, out.secondsLeft));
    return got ? Result<Pin>{std::move(out)} : got.failure();
}

Result<void> DaemonProxy::importManufacturer(unsigned device, const std::string& chain, int key) {
    const int own = ::dup(key); // the message takes it over
    return call(device, kManufacturer, "Import", chain, sdbus::UnixFd{own, sdbus::adopt_fd});
}

Result<std::string> DaemonProxy::createManufacturerKey(unsigned device) {
    std::string request;
    const auto made = ask(*state_->connection, device, kManufacturer, "CreateKey", std::tie(request));
    return made ? Result<std::string>{std::move(request)} : made.failure();
}

Result<void> DaemonProxy::setManufacturerChain(unsigned device, const std::string& chain) {
    return call(device, kManufacturer, "SetChain", chain);
}

} // namespace ocfsecd::ctl
