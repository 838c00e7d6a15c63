#include "tools/ocfctl/render.h"

#include "tools/common/shown.h"

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
    return cli::shown(state);
}

std::string line(std::string_view label, std::string_view value) {
    return fmt::format("  {:<18}{}\n", label, value);
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
    std::string out;
    for (const auto& word : words)
        out += (out.empty() ? "" : std::string{separator}) + cli::shown(word);
    return out;
}

std::string ownerCredentialText(const dbus::DeviceView& device) {
    if (!device.ownerCredential)
        return "none";
    const auto& credential = *device.ownerCredential;
    return fmt::format("credid {}, {}, {}", credential.credid, cli::shown(credential.origin),
                       credential.sealed ? "sealed in the TPM" : "not sealed yet");
}

std::string tpmText(const dbus::ManagerView& manager) {
    std::string out = line("TPM", cli::shown(manager.tpmState));
    if (manager.tpmState != "ok") {
        out += line("  what is wrong", cli::shown(manager.tpmFailureText));
        out += line("  remedy", cli::shown(manager.tpmRemedy));
    }
    if (!manager.tpmManufacturer.empty())
        out += line("  manufacturer", cli::shown(manager.tpmManufacturer));
    out += line("  secrets", fmt::format("{} sealed, bound to: {}", manager.sealedObjects,
                                         manager.tpmPolicy.empty() ? "nothing" : cli::shown(manager.tpmPolicy)));
    return out;
}

std::string deviceText(unsigned index, const dbus::DeviceView& device) {
    auto out = fmt::format("\nDevice {}: {}\n", index, device.name.empty() ? "(no name)" : cli::shown(device.name));
    out += line("UUID", device.deviceId.text() + (device.owned ? "" : " (temporary)"));
    out += line("State", explained(device.onboardingState) + (device.pending ? ", a change is pending" : ""));
    auto phase = cli::shown(device.phase);
    if (!device.selectedMethod.empty())
        phase += fmt::format(" (by {})", cli::shown(device.selectedMethod));
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

std::string textOf(const Snapshot& snapshot) {
    const auto& manager = snapshot.manager;
    auto out = fmt::format("ocfsecd {}\n", cli::shown(manager.version)) + tpmText(manager);
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

nlohmann::json jsonOf(const std::optional<dbus::CertificateView>& certificate) {
    if (!certificate)
        return nullptr;
    return {{"subject", certificate->subject},
            {"notBefore", certificate->notBefore},
            {"notAfter", certificate->notAfter},
            {"chain", certificate->chain}};
}

} // namespace ocfsecd::ctl
