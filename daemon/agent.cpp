#include "agent.h"

#include "svr/persist.h"
#include "svr/state_machine.h"
#include "svr/trust.h"
#include "systemd/journal.h"

#include <algorithm>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <systemd/sd-id128.h>
#include <utility>

namespace ocfsecd {

namespace {

/// A TPM that went away is looked for again this often.
constexpr Duration kTpmRetry = 5s;
/// What is on its way to the disk when the daemon stops has so long: the last events, perhaps a commit.
constexpr Duration kLastWrites = 2s;
/// No TPM command takes that long: the worker hangs.
constexpr Duration kWorkerPatience = 60s;

/// `pi` (facts 7.5): one for the machine, the same over re-installations, and no other service's identifier.
Uuid platformId() {
    constexpr sd_id128_t application{
        .bytes = {0x6f, 0x63, 0x66, 0x73, 0x65, 0x63, 0x64, 0x20, 0x70, 0x6c, 0x61, 0x74, 0x66, 0x6f, 0x72, 0x6d}};
    sd_id128_t id{};
    if (sd_id128_get_machine_app_specific(application, &id) < 0)
        return {};
    return *Uuid::fromRaw({id.bytes, sizeof id.bytes});
}

ocf::DeviceSettings settingsOf(const Config& config, Random& random) {
    ocf::DeviceSettings out;
    out.capabilities.name = config.device.name;
    out.capabilities.profiles = config.device.securityProfiles;
    out.capabilities.currentProfile = config.device.securityProfiles.front();
    out.wallClock = std::make_shared<const svr::SystemWallClock>();
    out.core = config.device.optional;
    out.core.deviceType = config.device.type;
    out.core.manufacturer = config.device.manufacturerName;
    out.core.platformId = platformId();
    if (out.core.platformId.isNil()) // a machine without an id: at least not the same as its neighbour's
        out.core.platformId = Uuid::random(random);
    out.onboarding = {config.dtls.timers.handshakeTotal, config.onboarding.docIdle, config.onboarding.docTotal,
                      config.onboarding.docAfterRfnop};
    out.justWorks = config.onboarding.justWorks;
    out.justWorksWindow = config.onboarding.window;
    out.randomPin = config.onboarding.randomPin;
    out.pin.lifetime = config.onboarding.pinLifetime;
    out.pin.digits = config.onboarding.pinDigits;
    out.manufacturerCertificate = config.onboarding.manufacturerCertificate;
    out.offLinkOnboarding = config.onboarding.offLink;
    out.resetDelay = config.onboarding.resetDelay;
    out.discoveryJitter = config.network.discoveryJitter;
    out.keyCache = config.keyCache;
    out.auditSpace = config.device.eventSpace;
    out.coap = config.coap;
    out.dtls = config.dtls;
    return out;
}

} // namespace

Agent::Agent(systemd::Loop& loop, Config config, Random& random, Observers observers)
    : loop_{loop}, config_{std::move(config)}, random_{random}, observers_{std::move(observers)},
      vault_{worker_, config_.tpm, config_.storage.directory}, selection_{config_.network.interfaces} {
    auto hosted = std::make_unique<Hosted>();
    hosted->device = std::make_unique<ocf::Device>(0, settingsOf(config_, random_), random_, loop_.now());
    devices_.push_back(std::move(hosted));
}

Agent::~Agent() = default;

Result<void> Agent::start() {
    workerSource_ = systemd::IoSource{loop_, worker_.eventFd(), EPOLLIN, [this](std::uint32_t) { worker_.deliver(); }};
    retryTimer_ = systemd::TimerSource{loop_, [this] { openTpm(); }};
    logTimer_ = systemd::TimerSource{loop_, [this] {
                                         log_.tick(loop_.now());
                                         logTimer_.arm(log_.deadline());
                                     }};
    for (unsigned index = 0; index < devices_.size(); ++index) {
        devices_[index]->timer = systemd::TimerSource{loop_, [this, index] {
                                                          devices_[index]->device->tick(loop_.now());
                                                          pump(index);
                                                      }};
        if (auto opened = openSockets(index); !opened)
            return opened;
    }
    if (auto opened = openGroupSockets(); !opened)
        return opened;
    watcher_.emplace(loop_, [this] { updateInterfaces(); });
    updateInterfaces();
    openTpm();
    return {};
}

void Agent::stop() {
    for (unsigned index = 0; index < devices_.size(); ++index) {
        devices_[index]->device->closeSessions(loop_.now());
        pump(index);
    }
    log_.flush();
    worker_.finish(kLastWrites);
}

bool Agent::workerMoves() const {
    const auto since = worker_.busySince();
    return !since || loop_.now() - *since < kWorkerPatience;
}

// TPM and disk

void Agent::openTpm() {
    vault_.open([this](Result<VaultStatus> outcome) {
        if (outcome) {
            tpm_ = *std::move(outcome);
            tpmOutcome({});
            for (unsigned index = 0; index < devices_.size(); ++index)
                if (!devices_[index]->loaded && !devices_[index]->loading)
                    load(index);
            return;
        }
        for (unsigned index = 0; index < devices_.size(); ++index)
            if (!devices_[index]->loaded)
                fail(index, outcome.failure());
        tpmOutcome(outcome.failure());
        announceStart();
    });
}

/// Every TPM command's outcome comes by here: a TPM that is gone is shown, and looked for again.
void Agent::tpmOutcome(const Result<void>& outcome) {
    if (outcome) {
        if (!tpmFailure_)
            return;
        tpmFailure_.reset();
        journal::log({journal::Priority::notice, {}, "the TPM answers again", {}});
        return observers_.tpmChanged();
    }
    if (!tpm::isTpmFailure(outcome.failure().reason))
        return;
    retryTimer_.arm(loop_.now() + kTpmRetry);
    if (tpmFailure_ && tpmFailure_->reason == outcome.failure().reason)
        return;
    tpmFailure_ = outcome.failure();
    journal::log(journal::Priority::error, "using the TPM", *tpmFailure_);
    observers_.tpmChanged();
}

void Agent::load(unsigned index) {
    devices_[index]->loading = true;
    // First what an unowned device begins with. Without it the device is served all the same, by the other methods.
    vault_.manufacturer(index, [this, index](Result<ManufacturerKeys::Credentials> installed) {
        if (installed)
            adoptManufacturer(index, *std::move(installed));
        else if (!tpm::isTpmFailure(installed.failure().reason))
            journal::log(journal::Priority::error, fmt::format("reading the manufacturer key of device {}", index),
                         installed.failure());
    });
    vault_.load(index, [this, index](Result<store::Loaded> outcome) { loaded(index, std::move(outcome)); });
}

void Agent::loaded(unsigned index, Result<store::Loaded> outcome) {
    auto& hosted = *devices_[index];
    const auto now = loop_.now();
    hosted.loading = false;
    if (hosted.loaded)
        return announceStart(); // by a reset that came before
    if (!outcome) {
        fail(index, outcome.failure());
        tpmOutcome(outcome.failure());
    } else if (outcome->kind == store::Loaded::Kind::owned) {
        auto state = svr::decodeState(outcome->body);
        if (state && svr::needsReset(*state)) {
            hosted.loaded = true;
            hosted.device->startResetting(now);
        } else if (state) {
            hosted.loaded = true;
            return startOwned(index, *std::move(state));
        } else {
            fail(index, state.failure());
        }
    } else if (outcome->kind == store::Loaded::Kind::resetting) {
        hosted.loaded = true;
        hosted.device->startResetting(now);
    } else {
        hosted.loaded = true;
        return startUnowned(index);
    }
    pump(index);
    announceStart();
}

/// The disk is asked only where its answer decides something.
void Agent::startUnowned(unsigned index) {
    const auto begin = [this, index](bool opensWindow) {
        if (!opensWindow && config_.onboarding.justWorks == JustWorks::window)
            journal::log({journal::Priority::notice,
                          {},
                          "this start opens no window for Just Works (WindowAtStart=); \"ocfctl window open\" does",
                          {}});
        devices_[index]->device->startUnowned(loop_.now(), opensWindow);
        pump(index);
        announceStart();
    };
    const auto& wanted = config_.onboarding;
    if (wanted.windowAtStart != WindowAtStart::first || wanted.justWorks != JustWorks::window)
        return begin(wanted.windowAtStart != WindowAtStart::no);
    devices_[index]->loading = true;
    vault_.isFirstStart(index, [this, index, begin](Result<bool> first) {
        devices_[index]->loading = false;
        if (!first)
            journal::log(journal::Priority::warning, fmt::format("recording the first start of device {}", index),
                         first.failure());
        begin(first && *first);
    });
}

/// First its events, so that what happens now comes behind what happened before. A list that cannot be read is a loss,
/// and no reason to serve nothing.
void Agent::startOwned(unsigned index, svr::DeviceState state) {
    devices_[index]->loading = true;
    vault_.loadEvents(index, [this, index, state = std::move(state)](Result<std::optional<Bytes>> list) mutable {
        auto& device = *devices_[index]->device;
        devices_[index]->loading = false;
        auto restored = list ? Result<void>{} : list.failure();
        if (list && *list)
            restored = device.restoreAuditLog(**list);
        if (!restored)
            journal::log(journal::Priority::warning, fmt::format("auditable events of device {}", index),
                         restored.failure());
        device.startOwned(std::move(state), loop_.now());
        pump(index);
        announceStart();
    });
}

void Agent::keepEvents(unsigned index, Bytes list) {
    vault_.commitEvents(index, std::move(list), [this, index](Result<void> outcome) {
        auto& hosted = *devices_[index];
        if (!outcome && hosted.eventsKept) // once: it is tried again all the time
            journal::log(journal::Priority::warning, fmt::format("keeping the auditable events of device {}", index),
                         outcome.failure());
        hosted.eventsKept = outcome.ok();
        hosted.device->auditLogWritten(outcome);
        pump(index);
    });
}

void Agent::fail(unsigned index, const Failure& failure) {
    auto& device = *devices_[index]->device;
    if (!device.failure() || device.failure()->reason != failure.reason)
        journal::log(journal::Priority::error, fmt::format("device {} is not served", index), failure);
    device.failed(failure, loop_.now());
    pump(index);
}

void Agent::announceStart() {
    const auto settled = [](const auto& hosted) { return hosted->device->serving() || hosted->device->failure(); };
    if (!announced_ && std::ranges::all_of(devices_, settled)) {
        announced_ = true;
        observers_.started();
    }
}

// The operator

void Agent::reset(unsigned index, ocf::Device::Done done) {
    auto& hosted = *devices_.at(index);
    if (hosted.device->serving()) {
        hosted.device->reset(std::move(done), loop_.now());
        return pump(index);
    }
    if (hosted.loading) // what comes from the disk would be served after it was given up
        return done(Failure{Reason::busy, "the device is still starting", "try again in a second"});
    vault_.localReset(index, [this, index, done = std::move(done)](Result<void> outcome) {
        tpmOutcome(outcome);
        done(outcome);
        if (outcome) {
            devices_[index]->loaded = true;
            devices_[index]->device->startUnowned(loop_.now());
            pump(index);
        }
    });
}

void Agent::softReset(unsigned index, ocf::Device::Done done) {
    auto& device = *devices_.at(index)->device;
    if (!device.serving())
        return done(device.notServed());
    device.softReset(std::move(done));
    pump(index);
}

Result<void> Agent::openWindow(unsigned index, Duration time) {
    auto opened = devices_.at(index)->device->openWindow(time == 0s ? config_.onboarding.window : time, loop_.now());
    pump(index);
    return opened;
}

void Agent::setPinDisplay(unsigned index, bool somebody) {
    devices_.at(index)->device->setPinDisplay(somebody);
    pump(index);
}

// The maker

void Agent::adoptManufacturer(unsigned index, ManufacturerKeys::Credentials credentials) {
    auto& hosted = *devices_[index];
    hosted.manufacturer.reset();
    if (!credentials.empty())
        if (const auto chain = svr::chainOf(credentials.front()); !chain.empty())
            if (auto leaf = svr::readCertificate(chain.front()))
                hosted.manufacturer = InstalledCertificate{*std::move(leaf), credentials.front().publicData->data};
    hosted.device->setManufacturerCredentials(std::move(credentials));
}

std::function<void(Result<ManufacturerKeys::Credentials>)> Agent::installed(unsigned index, ocf::Device::Done done) {
    return [this, index, done = std::move(done)](Result<ManufacturerKeys::Credentials> outcome) {
        const auto result = outcome ? Result<void>{} : outcome.failure();
        tpmOutcome(result);
        if (outcome) {
            adoptManufacturer(index, *std::move(outcome));
            pump(index);
        }
        done(result);
    };
}

void Agent::importManufacturer(unsigned index, std::string chainPem, SharedSecret keyPem, ocf::Device::Done done) {
    vault_.importManufacturer(index, std::move(chainPem), std::move(keyPem), installed(index, std::move(done)));
}

void Agent::createManufacturerKey(unsigned index, std::function<void(Result<std::string>)> done) {
    constexpr std::size_t kMaxCommonName = 64; // X.520 ub-common-name
    auto name = fmt::format("{} {}", config_.device.manufacturerName, platformId().text());
    if (name.size() > kMaxCommonName)
        name = platformId().text();
    vault_.createManufacturerKey(index, std::move(name), [this, done = std::move(done)](Result<std::string> outcome) {
        tpmOutcome(outcome ? Result<void>{} : outcome.failure());
        done(std::move(outcome));
    });
}

void Agent::setManufacturerChain(unsigned index, std::string chainPem, ocf::Device::Done done) {
    vault_.setManufacturerChain(index, std::move(chainPem), installed(index, std::move(done)));
}

// Effects

void Agent::pump(unsigned index) {
    auto& hosted = *devices_[index];
    if (!hosted.sockets)
        return;
    carryOut(index, hosted.device->takeEffects(loop_.now()));
    hosted.timer.arm(hosted.device->deadline());
    logTimer_.arm(log_.deadline());
}

void Agent::carryOut(unsigned index, ocf::Effects effects) {
    auto& hosted = *devices_[index];
    for (const auto& out : effects.clear)
        hosted.sockets->sendClear(out.channel.peer, out.channel.socket, out.datagram);
    for (const auto& out : effects.secure)
        hosted.sockets->sendSecure(out.peer, {out.route.local, out.route.interface}, out.octets);
    for (const auto& event : effects.events)
        log_.report(index, event, loop_.now());
    for (const auto& notice : effects.pins)
        observers_.pin(index, notice);
    for (const auto& entry : effects.recorded)
        observers_.recorded(index, entry);
    if (effects.auditLog)
        keepEvents(index, *std::move(effects.auditLog));
    for (auto& commit : effects.commits)
        vault_.commit(index, std::move(commit.state), commit.transition,
                      [this, index, ticket = commit.ticket](Result<svr::DeviceState> outcome) {
                          tpmOutcome(outcome ? Result<void>{} : outcome.failure());
                          devices_[index]->device->committed(ticket, std::move(outcome), loop_.now());
                          pump(index);
                      });
    for (auto& unseal : effects.unseals)
        vault_.unseal(index, unseal.blob, [this, index, unseal](Result<SecretBytes> key) {
            tpmOutcome(key ? Result<void>{} : key.failure());
            devices_[index]->device->unsealed(unseal.session, unseal.blob, std::move(key), loop_.now());
            pump(index);
        });
    for (auto& step : effects.steps) {
        const auto session = step.session;
        vault_.step(index, std::move(step), [this, index, session](Result<void> outcome) {
            tpmOutcome(outcome);
            devices_[index]->device->stepDone(session, loop_.now());
            pump(index);
        });
    }
    for (auto& csr : effects.csrs)
        vault_.makeCsr(std::move(csr), [this, index, ticket = csr.ticket](Result<ocf::MadeCsr> outcome) {
            tpmOutcome(outcome ? Result<void>{} : outcome.failure());
            devices_[index]->device->csrMade(ticket, std::move(outcome), loop_.now());
            pump(index);
        });
    for (const auto step : effects.resets) {
        const auto done = [this, index, step](Result<void> outcome) {
            if (!outcome || step == ocf::ResetStep::finish) // a mark that succeeds says nothing of the TPM
                tpmOutcome(outcome);
            auto& target = *devices_[index]->device;
            if (step == ocf::ResetStep::mark)
                target.resettingMarked(std::move(outcome), loop_.now());
            else
                target.resetFinished(std::move(outcome), loop_.now());
            pump(index);
        };
        if (step == ocf::ResetStep::mark)
            vault_.markResetting(index, done);
        else
            vault_.finishReset(index, done);
    }
    if (effects.changed)
        observers_.deviceChanged(index);
}

} // namespace ocfsecd
