#include "main/actions.h"

#include "main/views.h"

#include <fmt/format.h>
#include <utility>

namespace ocfsecd {

namespace {

Result<dbus::AccessView> checkAccess(const ocf::Device& device, const std::string& subject, const std::string& href,
                                     const std::string& operation) {
    const auto peer = Uuid::parse(subject);
    if (!peer && subject != svr::nameOf(svr::ConnType::anonClear))
        return Failure{Reason::malformed, fmt::format("\"{}\" is no subject", subject),
                       "give a UUID, or \"anon-clear\" for anybody without a secure session"};
    const auto wanted = svr::operationNamed(operation);
    if (!wanted)
        return Failure{Reason::malformed, fmt::format("\"{}\" is no operation", operation),
                       "it is one of create, retrieve, update, delete, notify"};
    const auto decision = device.checkAccess(peer, href, *wanted);
    if (!decision)
        return decision.failure();
    return dbus::AccessView{decision->allowed, decision->next.empty()
                                                   ? decision->reason
                                                   : fmt::format("{}; {}", decision->reason, decision->next)};
}

} // namespace

dbus::Actions actionsOf(const std::unique_ptr<Agent>& agent) {
    using Done = dbus::Actions::Done;
    dbus::Actions out;
    out.reset = [&agent](unsigned device, Done done) { agent->reset(device, std::move(done)); };
    out.softReset = [&agent](unsigned device, Done done) { agent->softReset(device, std::move(done)); };
    out.openWindow = [&agent](unsigned device, Duration time) { return agent->openWindow(device, time); };
    out.pin = [&agent](unsigned device) -> Result<dbus::PinView> {
        const auto pin = agent->device(device).shownPin();
        return pin ? Result<dbus::PinView>{viewOf(*pin)} : pin.failure();
    };
    out.mayShowPins = [&agent](unsigned device) { return agent->device(device).mayShowPins(); };
    out.setPinDisplay = [&agent](unsigned device, bool somebody) { agent->setPinDisplay(device, somebody); };
    out.importManufacturer = [&agent](unsigned device, std::string chain, SharedSecret key, Done done) {
        agent->importManufacturer(device, std::move(chain), std::move(key), std::move(done));
    };
    out.createManufacturerKey = [&agent](unsigned device, auto done) {
        agent->createManufacturerKey(device, std::move(done));
    };
    out.setManufacturerChain = [&agent](unsigned device, std::string chain, Done done) {
        agent->setManufacturerChain(device, std::move(chain), std::move(done));
    };
    out.credentials = [&agent](unsigned index) -> Result<std::vector<dbus::CredentialView>> {
        const auto& device = agent->device(index);
        if (!device.serving())
            return device.notServed();
        std::vector<dbus::CredentialView> list;
        for (const auto& credential : device.state().cred.creds)
            list.push_back(viewOf(credential));
        return list;
    };
    out.events = [&agent](unsigned index) -> Result<std::vector<dbus::EventView>> {
        const auto& device = agent->device(index);
        if (!device.serving())
            return device.notServed();
        std::vector<dbus::EventView> list;
        for (const auto& entry : device.auditLog().entries())
            list.push_back(viewOf(entry));
        return list;
    };
    out.checkAccess = [&agent](unsigned index, const std::string& subject, const std::string& href,
                               const std::string& operation) {
        return checkAccess(agent->device(index), subject, href, operation);
    };
    return out;
}

} // namespace ocfsecd
