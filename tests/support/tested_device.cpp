#include "tested_device.h"

#include "outside/daemon_device.h"
#include "skip.h"

#include <cstdlib>

namespace ocfsecd::test {

bool TestedDevice::fromOutside() {
    return std::getenv("OCFSECD_DAEMON") != nullptr;
}

TestedDevice::TestedDevice(Network& network, ocf::DeviceSettings settings) {
    if (fromOutside())
        daemon_ = std::make_unique<outside::DaemonDevice>(network, std::move(settings));
    else
        sim_ = std::make_unique<SimDevice>(network, std::move(settings));
}

TestedDevice::~TestedDevice() = default;

SimDevice& TestedDevice::inside(const std::string& why) const {
    if (!sim_)
        skipTest(why);
    return *sim_;
}

#define ASK(what) return sim_ ? sim_->what : daemon_->what

void TestedDevice::start() {
    ASK(start());
}
void TestedDevice::kill() {
    ASK(kill());
}
void TestedDevice::stop() {
    ASK(stop());
}
Address TestedDevice::clear(Address::Family family) const {
    ASK(clear(family));
}
Address TestedDevice::secure(Address::Family family) const {
    ASK(secure(family));
}
svr::OnboardingState TestedDevice::dos() const {
    ASK(dos());
}
bool TestedDevice::pending() const {
    ASK(pending());
}
Uuid TestedDevice::deviceId() const {
    ASK(deviceId());
}
std::string TestedDevice::name() const {
    ASK(name());
}
std::size_t TestedDevice::sessions() const {
    ASK(sessions());
}
svr::WallTime TestedDevice::wallTime() const {
    ASK(wallTime());
}
bool TestedDevice::keepsState() const {
    ASK(keepsState());
}
bool TestedDevice::keepsEvents() const {
    ASK(keepsEvents());
}
Bytes TestedDevice::stored() const {
    ASK(stored());
}
void TestedDevice::operatorReset() {
    ASK(operatorReset());
}
const std::vector<Result<void>>& TestedDevice::operatorOutcomes() const {
    ASK(operatorOutcomes);
}

void TestedDevice::editStore(const std::function<void(svr::DeviceState&)>& edit) {
    ASK(editStore(edit));
}

void TestedDevice::install(const TestKey& makersKey) {
    ASK(install(makersKey));
}
void TestedDevice::showPins(bool somebody) {
    ASK(showPins(somebody));
}
SeenPin TestedDevice::lastPin() const {
    ASK(lastPin());
}
Result<std::string> TestedDevice::askForPin() const {
    ASK(askForPin());
}
void TestedDevice::takeTpmAway() {
    ASK(takeTpmAway());
}
void TestedDevice::bringTpmBack() {
    ASK(bringTpmBack());
}

#undef ASK

Everything TestedDevice::everything() const {
    if (sim_)
        return {sim_->state(), {}, {}};
    return {std::nullopt, daemon_->shown(), daemon_->storedState()};
}

} // namespace ocfsecd::test
