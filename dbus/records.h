#pragma once
// Views as the dictionaries of the interface XML.

#include "dbus/compat.h"
#include "dbus/model.h"

#include <map>

namespace ocfsecd::dbus {

using Dictionary = std::map<std::string, sdbus::Variant>;

Dictionary dictionaryOf(const CertificateView& certificate);
Dictionary dictionaryOf(const CredentialView& credential);
Dictionary dictionaryOf(const EventView& event);

template <class View>
std::vector<Dictionary> dictionariesOf(const std::vector<View>& views) {
    std::vector<Dictionary> out;
    for (const auto& view : views)
        out.push_back(dictionaryOf(view));
    return out;
}

} // namespace ocfsecd::dbus
