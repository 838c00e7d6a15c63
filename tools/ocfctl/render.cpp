#include "tools/ocfctl/render.h"

#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ocfsecd::ctl {

namespace {

struct Explained {
    std::string_view name;
    std::string_view meaning;
};
constexpr std::array kStates{
    Explained{"reset", "forgetting its owner"},     Explained{"rfotm", "unowned, may be taken into possession"},
    Explained{"rfpro", "owned, being provisioned"}, Explained{"rfnop", "owned, in normal operation"},
    Explained{"sreset", "owned, under repair"},
};

std::string explained(const std::string& state) {
    for (const auto& row : kStates)
        if (row.name == state)
            return fmt::format("{} ({})", state, row.meaning);
    return printable(state);
}

std::string line(std::string_view label, std::string_view value) {
    return fmt::format("  {:<18}{}\n", label, value);
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
    std::string out;
    for (const auto& word : words)
        out += (out.empty() ? "" : std::string{separator}) + printable(word);
    return out;
}

std::string ownerCredentialText(const dbus::DeviceView& device) {
    if (!device.ownerCredential)
        return "none";
    const auto& credential = *device.ownerCredential;
    return fmt::format("credid {}, {}, {}", credential.credid, printable(credential.origin),
                       credential.sealed ? "sealed in the TPM" : "not sealed yet");
}

std::string tpmText(const dbus::ManagerView& manager) {
    std::string out = line("TPM", printable(manager.tpmState));
    if (manager.tpmState != "ok") {
        out += line("  what is wrong", printable(manager.tpmFailureText));
        out += line("  remedy", printable(manager.tpmRemedy));
    }
    if (!manager.tpmManufacturer.empty())
        out += line("  manufacturer", printable(manager.tpmManufacturer));
    out += line("  secrets", fmt::format("{} sealed, bound to: {}", manager.sealedObjects,
                                         manager.tpmPolicy.empty() ? "nothing" : printable(manager.tpmPolicy)));
    return out;
}

std::string deviceText(unsigned index, const dbus::DeviceView& device) {
    auto out = fmt::format("\nDevice {}: {}\n", index, device.name.empty() ? "(no name)" : printable(device.name));
    out += line("UUID", device.deviceId.text() + (device.owned ? "" : " (temporary)"));
    out += line("State", explained(device.onboardingState) + (device.pending ? ", a change is pending" : ""));
    auto phase = printable(device.phase);
    if (!device.selectedMethod.empty())
        phase += fmt::format(" (by {})", printable(device.selectedMethod));
    out += line("Onboarding phase", phase);
    out += line("Owner", device.ownerId ? device.ownerId->text() : "none");
    out += line("Owner credential", ownerCredentialText(device));
    out += line("Methods", device.supportedMethods.empty() ? "none" : joined(device.supportedMethods, ", "));
    out += line("Sessions", std::to_string(device.sessions));
    out += line("Endpoints", device.endpoints.empty()
                                 ? "none: no served interface has an address; see Interfaces= in ocfsecd.conf(5)"
                                 : joined(device.endpoints, "\n" + std::string(20, ' ')));
    return out;
}

nlohmann::json textOrNull(const std::string& text) {
    return text.empty() ? nlohmann::json{} : nlohmann::json(text);
}

nlohmann::json jsonOf(unsigned index, const dbus::DeviceView& device) {
    nlohmann::json out{{"index", index},
                       {"deviceId", device.deviceId.text()},
                       {"name", device.name},
                       {"onboardingState", device.onboardingState},
                       {"phase", device.phase},
                       {"pending", device.pending},
                       {"owned", device.owned},
                       {"ownerId", nullptr},
                       {"ownerCredential", nullptr},
                       {"operational", device.operational},
                       {"supportedMethods", device.supportedMethods},
                       {"selectedMethod", textOrNull(device.selectedMethod)},
                       {"endpoints", device.endpoints},
                       {"sessions", device.sessions}};
    if (device.ownerId)
        out["ownerId"] = device.ownerId->text();
    if (device.ownerCredential)
        out["ownerCredential"] = {{"credid", device.ownerCredential->credid},
                                  {"origin", device.ownerCredential->origin},
                                  {"sealed", device.ownerCredential->sealed}};
    return out;
}

} // namespace

std::string printable(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto octet = static_cast<unsigned char>(text[at]);
        const auto following = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0U;
        if (octet < 0x20 || octet == 0x7f) {
            out += '?';
        } else if (octet == 0xc2 && following >= 0x80 && following < 0xa0) { // U+0080 to U+009F in UTF-8
            out += '?';
            ++at;
        } else {
            out += text[at];
        }
    }
    return out;
}

std::string textOf(const Snapshot& snapshot) {
    const auto& manager = snapshot.manager;
    auto out = fmt::format("ocfsecd {}\n", printable(manager.version)) + tpmText(manager);
    for (const auto& [index, device] : snapshot.devices)
        out += deviceText(index, device);
    return out;
}

nlohmann::json jsonOf(const Snapshot& snapshot) {
    const auto& manager = snapshot.manager;
    auto devices = nlohmann::json::array();
    for (const auto& [index, device] : snapshot.devices)
        devices.push_back(jsonOf(index, device));
    return {{"version", manager.version},
            {"features", manager.features},
            {"tpm",
             {{"state", manager.tpmState},
              {"failure", textOrNull(manager.tpmFailureText)},
              {"remedy", textOrNull(manager.tpmRemedy)},
              {"manufacturer", textOrNull(manager.tpmManufacturer)},
              {"policy", manager.tpmPolicy},
              {"sealedObjects", manager.sealedObjects}}},
            {"devices", devices}};
}

} // namespace ocfsecd::ctl
