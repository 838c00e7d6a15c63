// ocfsecd: puts the parts together and lives until it is told to stop.

#include "agent.h"
#include "base/random.h"
#include "dbus/service.h"
#include "svr/phase.h"
#include "systemd/journal.h"
#include "systemd/notify.h"
#include "systemd/watchdog.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>

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

dbus::DeviceView viewOf(const ocf::Device& device) {
    const auto& state = device.state();
    dbus::DeviceView view;
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

std::optional<dbus::CertificateView> viewOf(const std::vector<svr::Certificate>& chain) {
    if (chain.empty())
        return {};
    const auto seconds = [](svr::WallTime time) { return static_cast<std::int64_t>(time.time_since_epoch().count()); };
    dbus::CertificateView view{
        svr::nameOf(chain.front()), seconds(chain.front().notBefore), seconds(chain.front().notAfter), {}};
    for (const auto& certificate : chain)
        view.chain += svr::toPem(certificate.der);
    return view;
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

std::string statusLine(const Agent& agent) {
    if (const auto* failure = namedFailure(agent))
        return fmt::format("{}: {}; {}", nameOf(failure->reason), failure->what, failure->next);
    const auto& device = agent.device(0);
    return fmt::format("Device 0: {}, {}, {} sessions", svr::nameOf(device.state().pstat.state),
                       svr::nameOf(device.phase()), device.sessions());
}

/// Secrets stay in this process: no core dump, no debugger of the same user.
void closeTheDoors() {
    ::prctl(PR_SET_DUMPABLE, 0);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::umask(0077);
    std::signal(SIGPIPE, SIG_IGN);
    ::setenv("TSS2_LOG", "all+NONE", 1); // response codes are ours to report (L6.15)
}

dbus::PinView viewOf(const ocf::ShownPin& pin) {
    return {pin.characters, pin.until};
}

dbus::EventView viewOf(const svr::AuditEntry& entry) {
    return {entry.aeid,
            static_cast<std::uint32_t>(entry.category),
            static_cast<std::uint32_t>(entry.priority),
            static_cast<std::int64_t>(entry.time.time_since_epoch().count()),
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
    if (credential.publicData)
        if (const auto ders = svr::readPem(credential.publicData->data))
            if (const auto chain = svr::readCertificates(*ders))
                view.certificate = viewOf(*chain);
    return view;
}

/// What keeps the device from being served.
Failure notServed(const ocf::Device& device) {
    return device.failure() ? *device.failure()
                            : Failure{Reason::unavailable, "the device is still starting", "try again"};
}

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

/// `agent` is there before anybody on the bus can ask.
dbus::Actions actionsOf(const std::unique_ptr<Agent>& agent) {
    using Done = dbus::Actions::Done;
    dbus::Actions out;
    out.reset = [&agent](unsigned device, Done done) { agent->reset(device, std::move(done)); };
    out.softReset = [&agent](unsigned device, Done done) { agent->softReset(device, std::move(done)); };
    out.openWindow = [&agent](unsigned device, Duration time) { return agent->openWindow(device, time); };
    out.pin = [&agent](unsigned device) -> Result<dbus::PinView> {
        const auto pin = agent->shownPin(device);
        return pin ? Result<dbus::PinView>{viewOf(*pin)} : pin.failure();
    };
    out.mayShowPins = [&agent](unsigned) { return agent->mayShowPins(); };
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
            return notServed(device);
        std::vector<dbus::CredentialView> list;
        for (const auto& credential : device.state().cred.creds)
            list.push_back(viewOf(credential));
        return list;
    };
    out.events = [&agent](unsigned index) -> Result<std::vector<dbus::EventView>> {
        const auto& device = agent->device(index);
        if (!device.serving())
            return notServed(device);
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

int serve(Config config) {
    systemd::Loop loop;
    SystemRandom random;
    // Signals first: the worker thread inherits that they are blocked.
    std::unique_ptr<Agent> agent;
    const auto stop = [&] { // while the loop still turns: a stopped one takes no more orders
        systemd::notify::stopping("saying goodbye to the peers");
        journal::log({journal::Priority::notice, journal::id::stopping, "ocfsecd stops", {}});
        if (agent)
            agent->stop();
        loop.quit(0);
    };
    systemd::SignalSource term{loop, SIGTERM, stop};
    systemd::SignalSource interrupt{loop, SIGINT, stop};
    if (!SecretBytes::memoryIsLocked())
        journal::log({journal::Priority::warning,
                      {},
                      "memory for secrets cannot be locked and may reach swap; raise LimitMEMLOCK=",
                      {}});

    const auto bus = config.dbus.bus;
    dbus::Service service{loop, bus, actionsOf(agent)};
    bool started = false;
    const auto show = [&](unsigned device) {
        auto view = viewOf(agent->device(device));
        view.manufacturerCertificate = viewOf(agent->manufacturerChain(device));
        service.publish(device, view);
        service.publish(viewOf(*agent));
        if (started)
            systemd::notify::status(statusLine(*agent));
    };
    agent = std::make_unique<Agent>(
        loop, std::move(config), random,
        Agent::Observers{
            show, [&] { show(0); },
            [&] {
                started = true;
                journal::log({journal::Priority::notice,
                              journal::id::started,
                              fmt::format("ocfsecd {} serves {} device(s)", OCFSECD_VERSION, agent->devices()),
                              {}});
                systemd::notify::ready(statusLine(*agent));
            },
            [&](unsigned device, const ocf::PinNotice& notice) {
                if (notice.pin)
                    service.displayPin(device, viewOf(*notice.pin));
                else
                    service.cancelPin(device, notice.why);
            },
            [&](unsigned device, const svr::AuditEntry& entry) { service.record(device, viewOf(entry)); }});
    if (auto begun = agent->start(); !begun) {
        journal::log(journal::Priority::error, "starting", begun.failure());
        return begun.failure().reason == Reason::configuration ? EX_CONFIG : EXIT_FAILURE;
    }
    systemd::Watchdog watchdog{loop, [&] { return agent->workerMoves(); }};
    return loop.run();
}

int run(int argc, char** argv) {
    CLI::App app{"OCF device security agent. Normally started by systemd; see ocfsecd(8)."};
    std::string file;
    bool dump = false;
    app.add_option("--config", file, "read this configuration file instead of ocfsecd.conf and its drop-ins");
    app.add_flag("--dump-config", dump, "print the configuration in force and exit");
    app.set_version_flag("--version", "ocfsecd " OCFSECD_VERSION);
    CLI11_PARSE(app, argc, argv);

    ConfigSources sources;
    if (!file.empty())
        sources.file = file;
    auto config = loadConfig(sources);
    if (!config) {
        journal::log(journal::Priority::error, "reading the configuration", config.failure());
        return EX_CONFIG;
    }
    if (dump) {
        fmt::print("{}", dumpConfig(*config));
        return EXIT_SUCCESS;
    }
    return serve(*std::move(config));
}

} // namespace
} // namespace ocfsecd

int main(int argc, char** argv) {
    ocfsecd::closeTheDoors();
    try {
        return ocfsecd::run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "ocfsecd: {}\n", error.what());
        return EXIT_FAILURE;
    }
}
