// What the device knows, asked of the daemon: credentials, events, access decisions.

#include "tools/ocfctl/bus.h"
#include "tools/ocfctl/dictionary.h"

namespace ocfsecd::ctl {

namespace {

constexpr const char* kCredentials = "org.ocfsecd1.Credentials";
constexpr const char* kEvents = "org.ocfsecd1.Events";
constexpr const char* kAccessControl = "org.ocfsecd1.AccessControl";

Result<std::vector<Properties>> list(sdbus::IConnection& connection, unsigned device, const char* interface) {
    std::vector<Properties> out;
    try {
        proxyFor(connection, kService, devicePath(device))
            ->callMethod("List")
            .onInterface(interface)
            .withTimeout(kActTimeout)
            .storeResultsTo(out);
    } catch (const sdbus::Error& error) {
        return failureOf(error);
    }
    return out;
}

dbus::CredentialView credentialOf(const Properties& of) {
    dbus::CredentialView view;
    view.credid = read<std::uint32_t>(of, "credid");
    view.subject = read<std::string>(of, "subject");
    view.type = read<std::uint32_t>(of, "type");
    view.usage = read<std::string>(of, "usage");
    view.origin = read<std::string>(of, "origin");
    view.sealed = read<bool>(of, "sealed");
    view.role = read<std::string>(of, "role");
    view.certificate = certificateOf(read<Properties>(of, "certificate"));
    return view;
}

dbus::EventView eventOf(const Properties& of) {
    return {read<std::string>(of, "aeid"),       read<std::uint32_t>(of, "category"),
            read<std::uint32_t>(of, "priority"), read<std::int64_t>(of, "time"),
            read<std::string>(of, "message"),    read<std::vector<std::string>>(of, "auxiliary")};
}

} // namespace

Result<std::vector<dbus::CredentialView>> DaemonProxy::credentials(unsigned device) {
    const auto entries = list(*state_->connection, device, kCredentials);
    if (!entries)
        return entries.failure();
    std::vector<dbus::CredentialView> out;
    for (const auto& entry : *entries)
        out.push_back(credentialOf(entry));
    return out;
}

Result<std::vector<dbus::EventView>> DaemonProxy::events(unsigned device) {
    const auto entries = list(*state_->connection, device, kEvents);
    if (!entries)
        return entries.failure();
    std::vector<dbus::EventView> out;
    for (const auto& entry : *entries)
        out.push_back(eventOf(entry));
    return out;
}

Result<dbus::AccessView> DaemonProxy::checkAccess(unsigned device, const std::string& subject, const std::string& href,
                                                  const std::string& operation) {
    dbus::AccessView out;
    try {
        proxyFor(*state_->connection, kService, devicePath(device))
            ->callMethod("CheckAccess")
            .onInterface(kAccessControl)
            .withTimeout(kActTimeout)
            .withArguments(subject, href, operation)
            .storeResultsTo(out.allowed, out.reason);
    } catch (const sdbus::Error& error) {
        return failureOf(error);
    }
    return out;
}

} // namespace ocfsecd::ctl
