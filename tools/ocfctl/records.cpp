// What the device knows, asked of the daemon: credentials, events, access decisions.

#include "tools/ocfctl/bus.h"
#include "tools/ocfctl/dictionary.h"

namespace ocfsecd::ctl {

namespace {

constexpr const char* kCredentials = "org.ocfsecd1.Credentials";
constexpr const char* kEvents = "org.ocfsecd1.Events";
constexpr const char* kAccessControl = "org.ocfsecd1.AccessControl";

/// What the List of `interface` answers, each entry read by `viewOf`.
template <class View>
Result<std::vector<View>> list(sdbus::IConnection& connection, unsigned device, const char* interface,
                               View (*viewOf)(const Properties&)) {
    std::vector<Properties> entries;
    if (auto got = ask(connection, device, interface, "List", std::tie(entries)); !got)
        return got.failure();
    std::vector<View> out;
    for (const auto& entry : entries)
        out.push_back(viewOf(entry));
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
    return list(*state_->connection, device, kCredentials, credentialOf);
}

Result<std::vector<dbus::EventView>> DaemonProxy::events(unsigned device) {
    return list(*state_->connection, device, kEvents, eventOf);
}

Result<dbus::AccessView> DaemonProxy::checkAccess(unsigned device, const std::string& subject, const std::string& href,
                                                  const std::string& operation) {
    dbus::AccessView out;
    const auto decided = ask(*state_->connection, device, kAccessControl, "CheckAccess",
                             std::tie(out.allowed, out.reason), subject, href, operation);
    return decided ? Result<dbus::AccessView>{std::move(out)} : decided.failure();
}

} // namespace ocfsecd::ctl
