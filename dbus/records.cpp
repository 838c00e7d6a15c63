#include "dbus/records.h"

namespace ocfsecd::dbus {

Dictionary dictionaryOf(const CertificateView& certificate) {
    return {{"subject", sdbus::Variant{certificate.subject}},
            {"notBefore", sdbus::Variant{certificate.notBefore}},
            {"notAfter", sdbus::Variant{certificate.notAfter}},
            {"chain", sdbus::Variant{certificate.chain}}};
}

Dictionary dictionaryOf(const CredentialView& credential) {
    Dictionary out{{"credid", sdbus::Variant{credential.credid}}, {"subject", sdbus::Variant{credential.subject}},
                   {"type", sdbus::Variant{credential.type}},     {"usage", sdbus::Variant{credential.usage}},
                   {"origin", sdbus::Variant{credential.origin}}, {"sealed", sdbus::Variant{credential.sealed}}};
    if (!credential.role.empty())
        out.emplace("role", sdbus::Variant{credential.role});
    if (credential.certificate)
        out.emplace("certificate", sdbus::Variant{dictionaryOf(*credential.certificate)});
    return out;
}

Dictionary dictionaryOf(const EventView& event) {
    return {{"aeid", sdbus::Variant{event.aeid}},         {"category", sdbus::Variant{event.category}},
            {"priority", sdbus::Variant{event.priority}}, {"time", sdbus::Variant{event.time}},
            {"message", sdbus::Variant{event.message}},   {"auxiliary", sdbus::Variant{event.auxiliary}}};
}

} // namespace ocfsecd::dbus
