#include "svr/phase.h"

#include "svr/state_machine.h"

#include <array>

namespace ocfsecd::svr {

namespace {
constexpr std::array<std::string_view, 7> kNames{
    "idle", "method-selected", "connected", "identified", "credential-established", "services-configured", "owned"};
}

std::string_view nameOf(Phase phase) {
    return kNames.at(static_cast<std::size_t>(phase));
}

Phase phaseOf(const DeviceState& state, bool docOpen) {
    if (state.pstat.state == OnboardingState::reset)
        return Phase::idle;
    if (state.pstat.state != OnboardingState::rfotm)
        return Phase::owned;
    if (!docOpen)
        return state.doxm.oxmsel == oxm::self ? Phase::idle : Phase::methodSelected;
    // The furthest one reached: plgd's client establishes the credential before it names the owner (facts 4.3).
    if (readyForRfpro(state))
        return Phase::servicesConfigured;
    if (ownerCredential(state) != nullptr)
        return Phase::credentialEstablished;
    if (!state.doxm.devowneruuid.isNil())
        return Phase::identified;
    return Phase::connected;
}

} // namespace ocfsecd::svr
