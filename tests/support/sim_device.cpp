#include "sim_device.h"

#include "svr/persist.h"
#include "svr/state_machine.h"

#include <algorithm>

namespace ocfsecd::test {

namespace {

/// A device's numbers for its clear sockets.
constexpr std::uint32_t kSocket4 = 1, kSocket6 = 2;

} // namespace

svr::WallTime SimWallClock::now() const {
    using namespace std::chrono;
    constexpr auto origin = sys_days{year{2027} / January / 31};
    return origin + duration_cast<seconds>(network_.now().time_since_epoch()) + off;
}

SimDevice::SimDevice(Network& network, ocf::DeviceSettings settings, std::uint64_t seed, Address host4, Address host6)
    : network_{network}, settings_{std::move(settings)}, random_{seed}, host4_{host4}, host6_{host6} {
    if (settings_.core.platformId.isNil())
        settings_.core.platformId = Uuid::random(random_);
    if (settings_.wallClock == nullptr)
        settings_.wallClock = wallClock_;
    network_.attach(*this);
    start();
}

SimDevice::~SimDevice() {
    network_.detach(*this);
}

void SimDevice::start() {
    const auto now = network_.now();
    device_ = std::make_unique<ocf::Device>(0, settings_, random_, now);
    device_->setEndpoints({{kInterface, host4_, 24}, {kInterface, host6_, 64}},
                          {kClearPort, kSecurePort, kClearPort, kSecurePort});
    if (vault_.resetting()) {
        device_->startResetting(now);
    } else if (vault_.snapshot()) {
        auto state = svr::decodeState(*vault_.snapshot());
        if (!state)
            device_->failed(state.failure(), now);
        else if (svr::needsReset(*state))
            device_->startResetting(now);
        else {
            if (vault_.auditLog())
                (void)device_->restoreAuditLog(*vault_.auditLog());
            device_->startOwned(*std::move(state), now);
        }
    } else {
        device_->startUnowned(now, windowAtStart);
    }
    pump();
}

void SimDevice::editStore(const std::function<void(svr::DeviceState&)>& edit) {
    auto state = *svr::decodeState(*vault_.snapshot());
    edit(state);
    vault_.editSnapshot() = svr::encodeState(state);
}

void SimDevice::kill() {
    device_.reset();
    held_.clear();
}

void SimDevice::stop() {
    act([](ocf::Device& device, TimePoint now) { device.closeSessions(now); });
    kill();
}

Bytes SimDevice::stored() const {
    auto out = vault_.snapshot().value_or(Bytes{});
    const auto log = vault_.auditLog().value_or(Bytes{});
    out.insert(out.end(), log.begin(), log.end());
    return out;
}

void SimDevice::carryOut(std::function<void()> command) {
    if (vault_.holding)
        held_.push_back(std::move(command));
    else
        command();
}

bool SimDevice::releaseOne() {
    if (held_.empty())
        return false;
    auto command = std::move(held_.front());
    held_.pop_front();
    command();
    pump();
    return true;
}

bool SimDevice::releaseLast() {
    if (held_.empty())
        return false;
    auto command = std::move(held_.back());
    held_.pop_back();
    command();
    pump();
    return true;
}

void SimDevice::release() {
    vault_.holding = false;
    while (releaseOne()) {
    }
}

void SimDevice::act(const std::function<void(ocf::Device&, TimePoint)>& what) {
    what(*device_, network_.now());
    pump();
}

void SimDevice::operatorReset() {
    act([this](ocf::Device& device, TimePoint now) {
        device.reset([this](Result<void> outcome) { operatorOutcomes.push_back(std::move(outcome)); }, now);
    });
}

void SimDevice::operatorSoftReset() {
    act([this](ocf::Device& device, TimePoint) {
        device.softReset([this](Result<void> outcome) { operatorOutcomes.push_back(std::move(outcome)); });
    });
}

void SimDevice::showPins(bool somebody) {
    act([somebody](ocf::Device& device, TimePoint) { device.setPinDisplay(somebody); });
}

SeenPin SimDevice::lastPin() const {
    if (pins.empty())
        return {};
    const auto& last = pins.back();
    return {last.pin ? std::string{textOf(last.pin->characters->view())} : std::string{}, last.why};
}

Result<std::string> SimDevice::askForPin() const {
    const auto pin = device_->shownPin();
    return pin ? Result<std::string>{std::string{textOf(pin->characters->view())}} : pin.failure();
}

std::size_t SimDevice::count(ocf::Event::Kind kind) const {
    return static_cast<std::size_t>(std::ranges::count(events, kind, &ocf::Event::kind));
}

bool SimDevice::hears(const Address& to) const {
    if (!running())
        return false;
    if (to.isMulticast())
        return to.port() == kClearPort;
    const auto& own = host(to.family());
    return to == own.withPort(kClearPort) || to == own.withPort(kSecurePort);
}

void SimDevice::receive(const Packet& packet) {
    const auto now = network_.now();
    const ocf::Arrival arrival{packet.to.isMulticast(), packet.to, kInterface};
    if (packet.to.port() == kSecurePort)
        device_->receiveSecure(packet.from, arrival, packet.octets, now);
    else
        device_->receiveClear({packet.from, 0, packet.from.family() == Address::Family::v6 ? kSocket6 : kSocket4},
                              arrival, packet.octets, now);
    pump();
}

void SimDevice::tick() {
    device_->tick(network_.now());
    pump();
}

std::optional<TimePoint> SimDevice::deadline() const {
    return running() ? device_->deadline() : std::nullopt;
}

/// As the agent does: sockets, vault, journal; until the device wants nothing more.
void SimDevice::pump() {
    for (bool more = true; more && running();) {
        auto effects = device_->takeEffects(network_.now());
        more = !effects.commits.empty() || !effects.unseals.empty() || !effects.resets.empty() ||
               !effects.steps.empty() || !effects.csrs.empty();
        for (auto& out : effects.clear)
            network_.send({clear(out.channel.peer.family()), out.channel.peer, std::move(out.datagram)});
        for (auto& out : effects.secure)
            network_.send({secure(out.peer.family()), out.peer, std::move(out.octets)});
        std::ranges::move(effects.events, std::back_inserter(events));
        std::ranges::move(effects.pins, std::back_inserter(pins));
        if (effects.auditLog)
            device_->auditLogWritten(vault_.writeAuditLog(*std::move(effects.auditLog)));
        for (auto& commit : effects.commits)
            carryOut([this, commit] { device_->committed(commit.ticket, vault_.commit(commit), network_.now()); });
        for (auto& unseal : effects.unseals)
            carryOut([this, unseal] {
                device_->unsealed(unseal.session, unseal.blob, vault_.unseal(unseal.blob), network_.now());
            });
        for (auto& wanted : effects.steps)
            carryOut([this, step = std::make_shared<ocf::StepRequest>(std::move(wanted))] {
                step->step(vault_.signerFor(*step));
                device_->stepDone(step->session, network_.now());
            });
        for (auto& csr : effects.csrs)
            carryOut([this, csr] { device_->csrMade(csr.ticket, vault_.makeCsr(csr), network_.now()); });
        for (const auto step : effects.resets)
            carryOut([this, step] {
                if (step == ocf::ResetStep::mark)
                    device_->resettingMarked(vault_.mark(), network_.now());
                else
                    device_->resetFinished(vault_.finish(), network_.now());
            });
    }
}

} // namespace ocfsecd::test
