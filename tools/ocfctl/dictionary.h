#pragma once
// What the daemon tells in dictionaries.

#include "dbus/compat.h"
#include "dbus/model.h"

#include <map>

namespace ocfsecd::ctl {

using Properties = std::map<std::string, sdbus::Variant>;

/// A property that is missing or of another type, as from another version of the daemon, leaves the default.
template <class T>
T read(const Properties& properties, const std::string& name) {
    const auto found = properties.find(name);
    if (found == properties.end() || !found->second.containsValueOfType<T>())
        return T{};
    return found->second.get<T>();
}

/// Nothing for an empty one.
inline std::optional<dbus::CertificateView> certificateOf(const Properties& properties) {
    if (properties.empty())
        return {};
    return dbus::CertificateView{read<std::string>(properties, "subject"), read<std::int64_t>(properties, "notBefore"),
                                 read<std::int64_t>(properties, "notAfter"), read<std::string>(properties, "chain")};
}

} // namespace ocfsecd::ctl
