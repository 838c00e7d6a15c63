#include "main/views.h"

#include "svr/phase.h"
#include "svr/trust.h"

#include <algorithm>
#include <fmt/format.h>

namespace ocfsecd {

namespace {

/// "Just Works" for people is "just-works" on the bus (org.ocfsecd1.Device.xml).
std::string methodName(int method) {
    switch (method) {
    case svr::oxm::justWorks:
        return "just-works";
    case svr::oxm::randomPin:
        return "random-pin";
    case svr::oxm::manufacturerCertificate:
        return "manufacturer-certificate";
    case svr::oxm::self:
        return {};
    default:
        return fmt::format("vendor-{:#06x}", method);
    }
}

std::int64_t secondsOf(svr::WallTime time) {
    return static_cast<std::int64_t>(time.time_since_epoch().count());
}

std::string pemOf(const std::vector<Bytes>& chain) {
    std::string out;
    for (const auto& der : chain)
        out += svr::toPem(der);
    return out;
}

dbus::CertificateView certificateView(const svr::Certificate& leaf, std::string chain) {
    return {svr::nameOf(leaf), secondsOf(leaf.notBefore), secondsOf(leaf.notAfter), std::move(chain)};
}

/// The TPM's own trouble first, else the first device that is not served.
const Failure* namedFailure(const Agent& agent) {
    if (agent.tpmFailure())
        return &*agent.tpmFailure();
    for (unsigned index = 0; index < agent.devices(); ++index)
        if (agent.device(index).failure())
            return &*agent.device(index).failure();
    return nullptr;
}

} // namespace

dbus::ManagerView viewOf(const Agent& agent) {
    dbus::ManagerView view;
    view.version = OCFSECD_VERSION;
    view.features = {"just-works", "random-pin", "manufacturer-certificate", "owner-credential"};
    if (const auto* failure = namedFailure(agent)) {
        view.tpmState = nameOf(failure->reason);
        view.tpmFailureText = failure->what;
        view.tpmRemedy = failure->next;
    }
    if (agent.tpm())
        view.tpmManufacturer = agent.tpm()->description.manufacturer;
    view.tpmPolicy = "epoch";
    const auto& pcrs = agent.config().tpm.pcrSelection;
    if (!pcrs.empty())
        view.tpmPolicy += fmt::format(" pcr:{}", fmt::join(pcrs, ","));
    for (unsigned index = 0; index < agent.devices(); ++index)
        view.sealedObjects += static_cast<std::uint32_t>(std::ranges::count_if(
            agent.device(index).state().cred.creds, [](const auto& c) { return c.key.sealed.has_value(); }));
    return view;
}

dbus::DeviceView viewOf(const Agent& agent, unsigned index) {
    const auto& device = agent.device(index);
    const auto& state = device.state();
    dbus::DeviceView view;
    if (const auto& installed = agent.manufacturer(index))
        view.manufacturerCertificate = certificateView(installed->leaf, installed->chain);
    view.pending = device.pending();
    if (!device.serving())
        return view; // nothing is known of it, or a named failure keeps it shut
    view.deviceId = state.doxm.deviceuuid;
    view.name = state.name;
    view.onboardingState = svr::nameOf(state.pstat.state);
    view.phase = svr::nameOf(device.phase());
    view.owned = state.doxm.owned;
    if (!state.doxm.devowneruuid.isNil())
        view.ownerId = state.doxm.devowneruuid;
    if (const auto* credential = svr::ownerCredential(state))
        view.ownerCredential = dbus::OwnerCredentialView{
            static_cast<std::uint32_t>(svr::numberOf(credential->id)),
            credential->origin == svr::Origin::derived ? "derived" : "provisioned", credential->key.sealed.has_value()};
    view.operational = state.pstat.isop;
    for (const auto method : device.offeredMethods())
        view.supportedMethods.push_back(methodName(method));
    view.selectedMethod = methodName(state.doxm.oxmsel);
    view.endpoints = device.endpoints().all();
    view.sessions = static_cast<std::uint32_t>(device.sessions());
    return view;
}

dbus::PinView viewOf(const ocf::ShownPin& pin) {
    return {pin.characters, pin.until};
}

dbus::EventView viewOf(const svr::AuditEntry& entry) {
    return {entry.aeid,
            static_cast<std::uint32_t>(entry.category),
            static_cast<std::uint32_t>(entry.priority),
            secondsOf(entry.time),
            entry.message,
            entry.auxiliaryinfo};
}

dbus::CredentialView viewOf(const svr::Credential& credential) {
    dbus::CredentialView view;
    view.credid = static_cast<std::uint32_t>(svr::numberOf(credential.id));
    view.subject = credential.subject ? credential.subject->text() : "*";
    view.type = static_cast<std::uint32_t>(credential.type);
    view.usage = credential.usage;
    view.origin = credential.origin == svr::Origin::derived ? "derived" : "provisioned";
    view.sealed = credential.key.sealed.has_value();
    if (credential.role)
        view.role = credential.role->role;
    if (const auto chain = svr::chainOf(credential); !chain.empty())
        if (const auto leaf = svr::readCertificate(chain.front()))
            view.certificate = certificateView(*leaf, pemOf(chain));
    return view;
}

std::string statusLine(const Agent& agent) {
    if (const auto* failure = namedFailure(agent))
        return fmt::format("{}: {}; {}", nameOf(failure->reason), failure->what, failure->next);
    const auto& device = agent.device(0);
    return fmt::format("Device 0: {}, {}, {} sessions", svr::nameOf(device.state().pstat.state),
                       svr::nameOf(device.phase()), device.sessions());
}

} // namespace ocfsecd
